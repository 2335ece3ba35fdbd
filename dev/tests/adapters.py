"""What `requests` reaches a service's app by, in the same process."""

import io
from typing import Any
from urllib.parse import urlsplit

import requests
from flask import Flask
from requests.adapters import BaseAdapter
from urllib3 import HTTPResponse


class WsgiAdapter(BaseAdapter):
    """Carries a `requests` call straight into a WSGI app: no port, no mock."""

    def __init__(self, app: Flask) -> None:
        super().__init__()
        self.app = app

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        url = urlsplit(str(request.url))
        answer = self.app.test_client().open(
            path=url.path,
            query_string=url.query,
            method=request.method,
            headers=list(request.headers.items()),
            data=request.body or b"",
        )
        raw = HTTPResponse(
            body=io.BytesIO(answer.data),
            status=answer.status_code,
            headers=dict(answer.headers),
            preload_content=False,
        )
        return requests.adapters.HTTPAdapter().build_response(request, raw)

    def close(self) -> None:
        """Nothing is held open."""


class Unplugged(BaseAdapter):
    """A provider that is stopped."""

    def send(self, *_: Any, **__: Any) -> requests.Response:
        raise requests.ConnectionError("stopped")

    def close(self) -> None:
        """Nothing is held open."""
