"""What the simulator can do, and the request that each action is."""

import json
from dataclasses import dataclass
from urllib.parse import quote

REGISTER, TWEET, FOLLOW, UNFOLLOW = KINDS = ("register", "tweet", "follow", "unfollow")


@dataclass(frozen=True)
class Action:
    """`about` is the e-mail of a register, the text of a tweet, the target of the other two."""

    id: int
    kind: str
    name: str
    about: str
    password: str = ""

    def path(self) -> str:
        name = quote(self.name, safe="")
        where = {REGISTER: "register", TWEET: f"msgs/{name}"}.get(self.kind, f"fllws/{name}")
        return f"/api/{where}?latest={self.id}"

    def body(self) -> bytes:
        return json.dumps(self._fields()).encode()

    def _fields(self) -> dict[str, str]:
        if self.kind == REGISTER:
            return {"username": self.name, "email": self.about, "pwd": self.password}
        return {"content" if self.kind == TWEET else self.kind: self.about}

    def accepts(self, status: int) -> bool:
        """A 200 is an error to the simulator; a name that is taken already is not."""
        return status == 204 or (self.kind == REGISTER and status == 400)
