"""API keys for Filebeat, which writes, and for the watch; handed over in a file or encrypted.

Everybody who may read logs can read what a job in the swarm prints, so a key that is handed over
that way is encrypted for the process that started the job.
"""

from base64 import b64decode, b64encode
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from infra.logs.api import Api
from infra.trouble import Trouble

_PADDING = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)


class Seal:
    """A key pair by which a process can be sent secrets; made each time, and never stored."""

    def __init__(self) -> None:
        self._private = rsa.generate_private_key(public_exponent=65537, key_size=3072)

    @property
    def public(self) -> str:
        """The public key, with which others encrypt."""
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        key = self._private.public_key()
        return key.public_bytes(serialization.Encoding.PEM, form).decode()

    def open(self, sealed: str) -> str:
        return self._private.decrypt(b64decode(sealed), _PADDING).decode()


def sealed(public: str, text: str) -> str:
    key = serialization.load_pem_public_key(public.encode())
    if not isinstance(key, rsa.RSAPublicKey):
        raise Trouble("the seal is no RSA key")
    return b64encode(key.encrypt(text.encode(), _PADDING)).decode()


def known(api: Api, name: str) -> list[str]:
    """The ids of the valid keys of that name."""
    found = api.ask("GET", f"/_security/api_key?name={name}&active_only=true")["api_keys"]
    return [each["id"] for each in found]


def make(api: Api, name: str, role: str, rights: dict[str, object]) -> str:
    """Make a key, ID:SECRET, with a role's rights; earlier ones of that name are revoked."""
    earlier = known(api, name)
    body = {"name": name, "role_descriptors": {role: rights}}
    made = api.ask("POST", "/_security/api_key", body)
    if earlier:
        api.ask("DELETE", "/_security/api_key", {"ids": earlier})
    return f"{made['id']}:{made['api_key']}"


def keep(path: Path, key: str) -> None:
    """Store a key atomically, in a file that only its owner can read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.touch(mode=0o600)
    draft.write_text(key)
    draft.rename(path)


def is_good(api: Api, path: Path, ca: str) -> bool:
    """Whether a key that was stored earlier is still valid."""
    if not path.exists():
        return False
    as_it = Api(api.url, ca, path.read_text())
    return as_it.send("GET", "/_security/_authenticate").ok
