"""The system's own Chromium, in front of the real system; each test has a window of its own."""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    Playwright,
    expect,
    sync_playwright,
)

from tests.people import PASSWORD, Simulator
from tests.system import PATIENCE, System

# A host that browsers trust no more than any other over plain HTTP, unlike localhost.
PLAIN_HOST = "minitwit.example"
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--host-resolver-rules=MAP {PLAIN_HOST} 127.0.0.1",
]
# Lines that Chromium itself writes: for each status from 400 on, which tests look at themselves,
# and where a header of the gateway's means nothing over plain HTTP.
USUAL = ("the server responded with", "Cross-Origin-Opener-Policy header has been ignored")
Window = Callable[..., Page]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser process for all tests."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        pytest.skip("no Chromium here (on Debian and Ubuntu: apt install chromium)")
    expect.set_options(timeout=1000 * PATIENCE)
    with sync_playwright() as playwright:
        browser = launched(playwright, program)
        yield browser
        browser.close()


def launched(playwright: Playwright, program: str) -> Browser:
    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    return playwright.chromium.launch(executable_path=program, args=[*FLAGS, *root])


@pytest.fixture
def complaints() -> list[str]:
    """What browsers complained about; a test that expects something takes it out."""
    return []


@pytest.fixture
def window(chromium: Browser, system: System, complaints: list[str]) -> Iterator[Window]:
    """Opens windows without cookies; at the end none has complained or gone to another host."""
    contexts: list[BrowserContext] = []

    def open_window(**look: Any) -> Page:
        look = {"base_url": system.url, "reduced_motion": "reduce", **look}
        context = chromium.new_context(**look)
        context.set_default_timeout(1000 * PATIENCE)
        contexts.append(context)
        page = context.new_page()
        watch(page, urlsplit(look["base_url"]).netloc, complaints)
        return page

    yield open_window
    for context in contexts:
        context.close()
    assert complaints == []


def watch(page: Page, host: str, complaints: list[str]) -> None:
    """Note errors in the console, breaches of the policy, and requests to anybody else."""
    page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
    page.on(
        "console",
        lambda line: (
            complaints.append(f"{line.type}: {line.text}")
            if line.type in ("error", "warning") and not any(each in line.text for each in USUAL)
            else None
        ),
    )
    page.on(
        "request",
        lambda request: (
            complaints.append(f"asked {request.url}")
            if urlsplit(request.url).netloc != host
            else None
        ),
    )


@pytest.fixture
def account(simulator: Simulator, name: str) -> str:
    """Somebody who has an account; the password is PASSWORD."""
    assert simulator.register(name).status_code == 204
    return name


def sign_in(page: Page, name: str, password: str = PASSWORD) -> Page:
    """With the form, as people do."""
    page.goto("/login")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign In").click()
    page.get_by_role("heading", name="My Timeline").wait_for()
    return page
