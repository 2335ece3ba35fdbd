"""`make run`: start the whole system, keep it running, end it without leaving anything.

Reads PORT and STATE from the environment.
"""

# ruff: noqa: E402
import signal

# The imports take a while, and a Ctrl-C among them needs no traceback.
_IS_EARLY = __name__ == "__main__" and signal.getsignal(signal.SIGINT) is not signal.SIG_IGN
if _IS_EARLY:
    signal.signal(signal.SIGINT, signal.SIG_DFL)

import io
import os
import sys
import traceback
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from dev import clone, gateway, parent, ports, privileges, secrets, services
from dev.journal import Journal, complain, show
from dev.processes import end_leftovers
from dev.services import Layout
from dev.state import State
from dev.supervisor import Stop, Supervisor
from dev.trouble import Trouble

_WELCOME = """
MiniTwit runs at {url}

  make seed              fill it with a demo world
  make simulate          replay the simulator's actions
  make status            how it fares
  make logs ID=…         trace one request through the gateway and the services
  make flag ID=…         hide a message; make unflag ID=… shows it again
  make flagged           the hidden messages; ALL=yes: the newest, with their flags
  make test              every test that this machine can run

State and logs are in {state}. Ctrl-C ends it.
"""


def main() -> int:
    """Run the system; an error is shown in one line, and its traceback at most in the log."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        return run_as_told(os.environ)
    except KeyboardInterrupt:
        return 1
    except Exception as error:
        complain(in_one_line(error))
        return 1


def in_one_line(error: Exception) -> str:
    if isinstance(error, Trouble):
        return str(error)
    if isinstance(error, OSError):
        return f"{error.filename or 'the state folder'}: {error.strerror or error}."
    return f"unexpectedly, {type(error).__name__}: {error}. More in logs/runner.log."


def run_as_told(environment: Mapping[str, str]) -> int:
    port = ports.parse(environment.get("PORT") or "8080")
    state = State(Path(environment.get("STATE") or ".run").absolute())
    user = state.claim()
    privileges.re_execute(user, state.folder, ["-m", "dev.run", *sys.argv[1:]])
    return run(state, port)


def run(state: State, port: int) -> int:
    """Run the system, from the first check to the last process's end."""
    os.umask(0o077)
    state.open()
    journal = Journal(state.log("runner"))
    supervisor = Supervisor(journal, state.is_held)
    try:
        supervisor.catch_signals()
        journal.record("starting", event_action="started", minitwit_commit=commit())
        if "--end-with-parent" in sys.argv:
            supervisor.is_over = parent.watch()
        layout = prepare(state, port)
        start(layout, supervisor)
        announce(layout, supervisor)
        show(_WELCOME.format(url=url(port), state=state.folder))
        supervisor.watch(lambda: announce_change(layout, supervisor, journal))
    except Stop as stop:
        journal.say("\nStopping.", minitwit_reason=str(stop))
    except Exception as error:
        kind, trace = type(error).__qualname__, traceback.format_exc()
        journal.record(str(error), log_level="error", error_type=kind, error_stack_trace=trace)
        raise
    finally:
        supervisor.stop()
        with suppress(OSError):
            state.system.unlink(missing_ok=True)
    return 0


def prepare(state: State, port: int) -> Layout:
    """Check what there is, make what is missing; nothing is started yet."""
    sweep(state)
    ports.demand(port, patience=5.0 if state.ended_badly() else 0.0)
    names = ("postgres", *services.NAMES)
    taken = {name: ports.reserve(port + 1000) for name in names} | {"gateway": port}
    known = state.has_database()
    layout = Layout(state, secrets.load(state.secrets, may_create=not known), taken, commit())
    if not known:
        show("Setting up the database …")
        layout.cluster.create()
        state.remember_database()
    elif damage := layout.cluster.damage():
        way_out = f"To begin anew, remove {state.folder}."
        raise Trouble(f"The database in {state.postgres} is damaged: {damage}. {way_out}")
    layout.write_urls()
    return layout


def start(layout: Layout, supervisor: Supervisor) -> None:
    """Start the database, make its schemas, start the services and at last the gateway."""
    show("Starting …")
    layout.cluster.forget_dead_server()
    database = layout.cluster.process(layout.state.log("postgres"))
    supervisor.start(database)
    supervisor.await_ready(database)
    services.make_schemas(layout)
    migrated = services.migrate(layout)
    if migrated:
        supervisor.journal.say(f"Migrated {', '.join(migrated)}.")
    running = services.processes(layout)
    upstreams = {name: layout.ports[name] for name in services.NAMES}
    log, port = layout.state.log("gateway"), layout.ports["gateway"]
    entry = gateway.process(layout.state.gateway, log, port, upstreams, layout.commit)
    supervisor.start(*running)
    supervisor.await_ready(*running)
    supervisor.start(entry)
    supervisor.await_ready(entry)


def announce_change(layout: Layout, supervisor: Supervisor, journal: Journal) -> None:
    """`announce` again while the system runs; a full disk must not end it."""
    try:
        announce(layout, supervisor)
    except OSError as error:
        journal.say(f"The tools can't be told of it: {error.strerror or error}.")


def announce(layout: Layout, supervisor: Supervisor) -> None:
    """Tell the tools where everything is."""
    known = {each.name: {"pid": each.pid, "port": each.port} for each in supervisor.processes}
    roles = layout.secrets.passwords
    layout.state.announce(
        {
            "pid": os.getpid(),
            "port": layout.ports["gateway"],
            "url": url(layout.ports["gateway"]),
            "processes": known,
            "database": {role: str(layout.url_file(role)) for role in roles},
        }
    )


def sweep(state: State) -> None:
    """End what a killed runner left behind, so that it holds neither ports nor files."""
    for folder in (state.services, state.gateway, state.postgres):
        end_leftovers(folder)


def commit() -> str:
    """The commit of this clone, which /version shows."""
    return clone.told("rev-parse", "HEAD", otherwise="unknown")


def url(port: int) -> str:
    return f"http://127.0.0.1:{port}"


if __name__ == "__main__":
    if _IS_EARLY:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.exit(main())
