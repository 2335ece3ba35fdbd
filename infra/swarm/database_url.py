"""What an administrator's database URL says: where the cluster is, and whose it is."""

from urllib.parse import unquote, urlsplit

# Of the stack's own Postgres.
OWN = "postgresql+psycopg2://postgres:{password}@postgres:5432/minitwit"


def place_of(url: str) -> str:
    """HOST:PORT/DATABASE?options of a URL, which is no secret; "" where it lacks any of them.

    Without a user too: what is taken for the host may be a part of a password with a slash in it.
    """
    parts = urlsplit(url)
    try:
        port = parts.port or 5432
    except ValueError:
        return ""
    is_whole = parts.username and parts.hostname and parts.path[1:]
    if not parts.scheme.startswith("postgres") or not is_whole:
        return ""
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.hostname}:{port}{parts.path}{query}"


def driven(url: str) -> str:
    """The same URL, naming SQLAlchemy's driver."""
    return f"postgresql+psycopg2://{url.partition('://')[2]}"


def password(url: str) -> str:
    return unquote(urlsplit(url).password or "")


def is_own(place: str) -> bool:
    return place.startswith("postgres:")
