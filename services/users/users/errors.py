"""Everything that can go wrong here, as a client sees it."""

from chassis.errors import Problem, Unauthorized


class InvalidUsername(Problem):
    """A name that nobody may have."""

    slug = "invalid-username"
    detail = "You have to enter a username"


class InvalidEmail(Problem):
    """No e-mail address, as far as one can tell without writing to it."""

    slug = "invalid-email"
    detail = "You have to enter a valid email address"


class InvalidPassword(Problem):
    """A password that is not accepted."""

    slug = "invalid-password"
    detail = "You have to enter a password"


class UsernameTaken(Problem):
    """Somebody else has this name."""

    status = 409
    slug = "username-taken"
    detail = "The username is already taken"


class UserNotFound(Problem):
    """Nobody has this name."""

    status = 404
    slug = "user-not-found"
    detail = "There is no user of that name."


class UnknownUsername(Unauthorized):
    """A login with a name that nobody has."""

    slug = "unknown-username"
    detail = "Invalid username"


class WrongPassword(Unauthorized):
    """A login with a password that is not the account's."""

    slug = "wrong-password"
    detail = "Invalid password"


class WrongCurrentPassword(Problem):
    """A change of password asks for the present one once more."""

    status = 403
    slug = "wrong-password"
    detail = "The current password is wrong"
