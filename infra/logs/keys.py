"""API keys for those who write and who watch; whoever needs one gets it in a file or under seal.

What a job in the swarm prints can be read by all who may read logs, so a key that goes that way
is encrypted for the one who asked for the job.
"""

from base64 import b64decode, b64encode
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from infra.logs.api import Api
from infra.logs.trouble import Trouble

_PADDING = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)


class Seal:
    """Made anew each time; nothing of it is kept."""

    def __init__(self) -> None:
        self._private = rsa.generate_private_key(public_exponent=65537, key_size=3072)

    @property
    def public(self) -> str:
        """What others need to close it."""
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
    """The ids of the keys of that name that let somebody in."""
    found = api.ask("GET", f"/_security/api_key?name={name}&active_only=true")["api_keys"]
    return [each["id"] for each in found]


def make(api: Api, name: str, role: str, rights: dict[str, object]) -> str:
    """A new key ID:SECRET with a role's rights; earlier ones of that name end."""
    earlier = known(api, name)
    body = {"name": name, "role_descriptors": {role: rights}}
    made = api.ask("POST", "/_security/api_key", body)
    if earlier:
        api.ask("DELETE", "/_security/api_key", {"ids": earlier})
    return f"{made['id']}:{made['api_key']}"


def keep(path: Path, key: str) -> None:
    """For its owner alone, and whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.touch(mode=0o600)
    draft.write_text(key)
    draft.rename(path)


def is_good(api: Api, path: Path, ca: str) -> bool:
    """Whether a key that was kept earlier still lets somebody in."""
    if not path.exists():
        return False
    as_it = Api(api.url, ca, path.read_text())
    return as_it.send("GET", "/_security/_authenticate").ok
