"""`make status`: the running system on one screen, refreshed until Ctrl-C.

It is shown only once if standard output is no terminal, or with ONCE=yes.
"""

import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from dev.status.look import Watch
from dev.status.screen import coloured, plain, screen
from dev.system import exit_status, folder, running

EVERY_SECONDS = 2.0
# Between the two looks that it takes to measure the traffic.
ONCE_SECONDS = 1.0
_OTHER_SCREEN, _BACK = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"
_ANEW = "\x1b[H\x1b[J"


def main() -> int:
    terminal = sys.stdout.isatty()
    paint = coloured if terminal and "NO_COLOR" not in os.environ else plain
    watch = Watch()

    def look() -> list[str]:
        system = running(folder())
        return screen(system, watch.look(system["processes"]), paint, time.time())

    def once() -> None:
        look()
        time.sleep(ONCE_SECONDS)
        print("\n".join(look()))

    def on_and_on() -> None:
        last = look()
        try:
            with other_screen():
                while True:
                    show(last)
                    time.sleep(EVERY_SECONDS)
                    last = look()
        except KeyboardInterrupt:
            print("\n".join(last))

    return exit_status(on_and_on if terminal and not os.environ.get("ONCE") else once)


def show(lines: list[str]) -> None:
    """Replace what was on the screen; lines that do not fit are left out."""
    height = shutil.get_terminal_size().lines
    print(_ANEW + "\n".join(lines[:height]), end="", flush=True)


@contextmanager
def other_screen() -> Iterator[None]:
    """Use the terminal's alternate screen during the block; long lines are cut off."""
    print(_OTHER_SCREEN + "\x1b[?7l", end="", flush=True)
    try:
        yield
    finally:
        print("\x1b[?7h" + _BACK, end="", flush=True)


if __name__ == "__main__":
    sys.exit(main())
