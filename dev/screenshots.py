"""`make screenshots`: take the pictures in docs/screenshots, of a seeded system.

They show the running system, if there is one; otherwise one that is started for this, with its
own state folder and port, and ended afterwards.
"""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Error, Page, sync_playwright

from dev import seed
from dev import started as own
from dev.demo.world import world
from dev.services import ROOT
from dev.system import exit_status
from dev.trouble import Trouble

PICTURES = ROOT / "docs" / "screenshots"
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--disable-background-networking", "--disable-gpu", "--no-first-run"]
SIZES = {"phone": (390, 844), "desktop": (1280, 800)}
SCHEMES = ("light", "dark")
OWN_STATE = ROOT / ".run-screenshots"
ANONYMOUS = {"public": "/public", "login": "/login", "register": "/register"}
LOGGED_IN = {
    "home": "/",
    "user": "/Amara%20Okafor",
    "followers": "/Amara%20Okafor/followers",
    "settings": "/settings",
}


def main() -> int:
    return exit_status(take)


def take() -> None:
    with own.running_or(started(OWN_STATE)) as system:
        seed.seed_running(system)
        try:
            with chromium() as browser:
                take_all(browser, system["url"])
        except Error as error:
            raise Trouble(f"The browser gave up: {str(error).splitlines()[0]}") from error


@contextmanager
def started(state: Path) -> Iterator[dict[str, Any]]:
    """Run a system with nothing left of an earlier one, and remove it afterwards.

    Yields what its system.json says.
    """
    shutil.rmtree(state, ignore_errors=True)
    try:
        with own.started(state) as system:
            yield system
    finally:
        shutil.rmtree(state, ignore_errors=True)


@contextmanager
def chromium() -> Iterator[Browser]:
    program = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if program is None:
        raise Trouble("Chromium is missing (on Debian and Ubuntu: apt install chromium).")
    flags = [*FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=flags)
        try:
            yield browser
        finally:
            browser.close()


def take_all(browser: Browser, url: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    for scheme in SCHEMES:
        for size, (width, height) in SIZES.items():
            look: dict[str, Any] = {
                "base_url": url,
                "color_scheme": scheme,
                "viewport": {"width": width, "height": height},
                "reduced_motion": "reduce",
            }
            with browser.new_context(**look) as context:
                page = context.new_page()
                shoot(page, ANONYMOUS, f"{scheme}-{size}")
                log_in(page)
                shoot(page, LOGGED_IN, f"{scheme}-{size}")


def shoot(page: Page, places: dict[str, str], look: str) -> None:
    for name, path in places.items():
        page.goto(path)
        file = PICTURES / f"{name}-{look}.png"
        page.screenshot(path=file)
        print(f"{file.relative_to(ROOT)}  {file.stat().st_size // 1024} KB", flush=True)


def log_in(page: Page) -> None:
    page.goto("/login")
    page.fill("input[name=username]", world().demo.name)
    page.fill("input[name=password]", seed.PASSWORD)
    page.click("input[type=submit]")
    page.wait_for_url("**/")
    page.goto("/")  # once more, so that the greeting is not in the picture


if __name__ == "__main__":
    sys.exit(main())
