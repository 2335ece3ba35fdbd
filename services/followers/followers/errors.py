"""What can be wrong with a request to this service, as its client sees it."""

from chassis.errors import BadRequest, Problem


class UserNotFound(Problem):
    """Nobody has this name."""

    status = 404
    slug = "user-not-found"
    kind = "unknown-user"
    detail = "There is no user of that name."


class NobodyNamed(BadRequest):
    """The simulator asked for neither a follow nor an unfollow."""

    detail = "The body must name whom to follow or to unfollow."
