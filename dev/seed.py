"""`make seed`: fill the running system with people who talk; a second time changes nothing."""

import sys
from datetime import UTC, datetime, timedelta
from typing import Any

from dev.demo.services import Account, Messages, Row, Services
from dev.demo.world import Said, World, world
from dev.progress import bar
from dev.system import database_url, exit_status, folder, inside, running

PASSWORD = "coffee and trains"  # noqa: S105


def main() -> int:
    return exit_status(lambda: seed_running(running(folder())))


def seed_running(system: dict[str, Any]) -> None:
    """Seed a running system, which is told of as its system.json has it."""
    services = Services(inside(system, "users"), inside(system, "followers"))
    messages = Messages(database_url(system, "messages_service"))
    demo = world()
    try:
        written = seed(demo, services, messages)
    finally:
        messages.close()
    print(f"{len(demo.people)} people, {len(demo.follows)} follows, {written} new messages.")
    print(f"Log in at {system['url']}/login as {demo.demo.name}, password: {PASSWORD}")


def seed(demo: World, services: Services, messages: Messages) -> int:
    """Seed the system; returns how many messages were new."""
    steps = len(demo.people) + len(demo.follows) + len(demo.said)
    with bar(steps, "seed", "steps") as progress:
        accounts = {}
        for person in demo.people:
            accounts[person.name] = services.account(person.name, person.email, PASSWORD)
            progress.update()
        for follower, followee in demo.follows:
            services.follow(accounts[follower], followee)
            progress.update()
        written = say(demo.said, accounts, messages)
        for account in accounts.values():
            services.leave(account)
        progress.update(len(demo.said))
    return written


def say(said: list[Said], accounts: dict[str, Account], messages: Messages) -> int:
    """Write the messages, unless these people have posted before; returns how many."""
    if messages.any_by([account.id for account in accounts.values()]):
        return 0
    times = moments(said, datetime.now(UTC), messages.newest())
    messages.write(
        [
            Row(accounts[one.author], one.text, moment, one.flagged)
            for one, moment in zip(said, times, strict=True)
        ]
    )
    return len(said)


def moments(said: list[Said], now: datetime, newest: datetime | None) -> list[datetime]:
    """When each was said: after all that is there, so that ids and times have one order."""
    longest = said[0].seconds_ago
    room = (now - newest).total_seconds() if newest else longest
    pace = max(0, min(1, room / longest))
    return [now - timedelta(seconds=pace * one.seconds_ago) for one in said]


if __name__ == "__main__":
    sys.exit(main())
