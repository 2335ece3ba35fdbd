"""Everything that can go wrong here, as a client sees it."""

from chassis.errors import Problem, Unauthorized


class InvalidUsername(Problem):
    """Nobody may be called so."""

    slug = "invalid-username"
    detail = "You have to enter a username"


class InvalidEmail(Problem):
    """No e-mail address, as far as one can tell without writing to it."""

    slug = "invalid-email"
    detail = "You have to enter a valid email address"


class InvalidPassword(Problem):
    """Not to be had as a password."""

    slug = "invalid-password"
    detail = "You have to enter a password"


class UsernameTaken(Problem):
    """Somebody else is called so."""

    status = 409
    slug = "username-taken"
    detail = "The username is already taken"


class UserNotFound(Problem):
    """Nobody is called so."""

    status = 404
    slug = "user-not-found"
    detail = "There is no user of that name."


class UnknownUsername(Unauthorized):
    """Somebody wants to log in whom nobody knows."""

    slug = "unknown-username"
    detail = "Invalid username"


class WrongPassword(Unauthorized):
    """Somebody wants to log in with another password than theirs."""

    slug = "wrong-password"
    detail = "Invalid password"


class WrongCurrentPassword(Problem):
    """A change of password asks for the present one once more."""

    status = 403
    slug = "wrong-password"
    detail = "The current password is wrong"
