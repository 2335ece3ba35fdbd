"""Print the commit of develop that holds exactly what HEAD holds: the one that staging has run.

Merge, squash and fast-forward all end here, since trees are compared and not histories. If there
is none, main holds something that staging never saw, and nothing is printed but the reason.
"""

import subprocess
import sys


def git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def main(branch: str = "origin/develop") -> int:
    tree = git("rev-parse", "HEAD^{tree}")
    for line in git("log", "--format=%T %H", branch).splitlines():
        its_tree, commit = line.split()
        if its_tree == tree:
            sys.stdout.write(f"{commit}\n")
            return 0
    sys.stderr.write(
        f"No commit of {branch} holds what main holds now, so staging never ran it.\n"
        "Merge main into develop, let staging deploy that, then merge develop into main.\n"
    )
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
