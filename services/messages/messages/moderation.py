"""Hide messages and show them again: `python -m messages.moderation flag|unflag|list`."""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC

from sqlalchemy import select, tuple_, update
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.orm import Session

from chassis.config import ConfigError, load
from chassis.errors import Problem
from chassis.http_client import Unavailable
from chassis.paging import LARGEST_ID
from messages.app import create_app
from messages.authors import authors
from messages.config import Config
from messages.errors import MessageNotFound
from messages.models import Message, db

LISTED = 50
HEADINGS = ("ID", "FLAG", "AUTHOR", "PUBLISHED", "TEXT")
WIDEST_NAME, WIDEST_TEXT = 20, 60


def set_flag(session: Session, message_id: int, flagged: bool) -> None:
    """Hide a message everywhere, or show it again; MessageNotFound if there is none."""
    statement = update(Message).where(Message.id == message_id).values(flagged=flagged)
    if session.scalar(statement.returning(Message.id)) is None:
        raise MessageNotFound(f"There is no message {message_id}.")
    session.commit()


def newest(session: Session, flagged_only: bool, before: int) -> Sequence[Message]:
    """The newest messages that are older than `before`, hidden ones too."""
    statement = select(Message).where(Message.id < before).order_by(Message.id.desc())
    if flagged_only:
        statement = statement.where(Message.flagged)
    return session.scalars(statement.limit(LISTED)).all()


def newest_of(
    session: Session, author_id: int, flagged_only: bool, before: int
) -> Sequence[Message]:
    """The same for one author: shown and hidden messages are in different indexes."""
    key = tuple_(Message.author_id, Message.id)
    shown = (
        select(Message)
        .where(key > (author_id, 0), key < (author_id, before), ~Message.flagged)
        .order_by(Message.author_id.desc(), Message.id.desc())
    )
    hidden = (
        select(Message)
        .where(Message.author_id == author_id, Message.id < before, Message.flagged)
        .order_by(Message.id.desc())
    )
    reads = [hidden] if flagged_only else [hidden, shown]
    found = [each for read in reads for each in session.scalars(read.limit(LISTED))]
    return sorted(found, key=lambda message: message.id, reverse=True)[:LISTED]


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 1 for an id that does not exist, 2 for misuse and a wrong configuration."""
    wanted = _parser().parse_args(arguments)
    try:
        with create_app(load(Config, os.environ)).app_context():
            _tell(_done(db.session(), wanted))
    except Problem as problem:
        return _refused(problem.detail)
    except Unavailable as error:
        return _refused(f"{error.provider} does not answer.")
    except OperationalError:
        return _refused("The database does not answer.")
    except ProgrammingError as error:
        reason, *_ = str(error.orig).splitlines()
        return _refused(f"The database refuses, perhaps since its schema is older: {reason}")
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def _refused(reason: str) -> int:
    sys.stderr.write(f"{reason}\n")
    return 1


def _tell(lines: Iterator[str]) -> None:
    """Print them; the reader, such as `head`, may have closed the pipe."""
    told = "".join(f"{line}\n" for line in lines)
    try:
        sys.stdout.write(told)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _done(session: Session, wanted: argparse.Namespace) -> Iterator[str]:
    if wanted.verb == "list":
        yield from _table(_listed(session, wanted))
        return
    set_flag(session, wanted.id, wanted.verb == "flag")
    yield f"Message {wanted.id} is {'hidden' if wanted.verb == 'flag' else 'shown'}."


def _listed(session: Session, wanted: argparse.Namespace) -> Sequence[Message]:
    if wanted.author is None:
        return newest(session, wanted.flagged, wanted.before)
    author = authors().find(wanted.author)
    return newest_of(session, author.id, wanted.flagged, wanted.before)


def _table(messages: Sequence[Message]) -> Iterator[str]:
    rows = [HEADINGS, *map(_row, messages)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        yield "  ".join(cells).rstrip()


def _row(message: Message) -> tuple[str, ...]:
    return (
        str(message.id),
        "hidden" if message.flagged else "",
        _shortened(message.author_name, WIDEST_NAME),
        message.published_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M"),
        _shortened(message.text, WIDEST_TEXT),
    )


def _shortened(text: str, width: int) -> str:
    """One line of printable characters: no text may send control codes to the terminal."""
    line = "".join(letter if letter.isprintable() else " " for letter in text[: 4 * width])
    line = " ".join(line.split())
    return line if len(line) <= width else line[: width - 1] + "…"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="messages.moderation", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb, what in (("flag", "hide a message"), ("unflag", "show a message again")):
        verbs.add_parser(verb, help=what).add_argument("id", type=_id, metavar="ID")
    listing = verbs.add_parser("list", help="the newest messages with their flags")
    listing.add_argument("--flagged", action="store_true", help="only the hidden ones")
    listing.add_argument("--author", metavar="NAME", help="only that user's")
    listing.add_argument(
        "--before", type=_id, default=LARGEST_ID, metavar="ID", help="only older ones"
    )
    return parser


def _id(raw: str) -> int:
    with suppress(ValueError):
        if 0 < (value := int(raw)) <= LARGEST_ID:
            return value
    raise argparse.ArgumentTypeError(f"{raw} is no message id; make flagged ALL=yes lists them")


if __name__ == "__main__":
    sys.exit(main())
