"""What can be wrong with a request to this service, as its client sees it."""

from chassis.errors import Problem

LONGEST_TEXT = 10_000


class EmptyText(Problem):
    """A message without a text."""

    slug = "empty-text"
    detail = "A message needs a text."


class TextTooLong(Problem):
    """A text beyond the longest one that is taken."""

    slug = "text-too-long"
    detail = f"A message has at most {LONGEST_TEXT:,} characters."


class NotYours(Problem):
    """Somebody else's message can't be deleted."""

    status = 403
    slug = "not-yours"
    detail = "This is somebody else's message."


class MessageNotFound(Problem):
    """No such message, or none that is shown."""

    status = 404
    slug = "message-not-found"
    detail = "The message does not exist."


class UnknownAuthor(Problem):
    """Nobody has this name."""

    status = 404
    slug = "user-not-found"
    kind = "unknown-user"
    detail = "There is no user of that name."
