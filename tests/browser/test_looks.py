"""What each page is to those who see it small, dark, or not at all."""

import json
from collections.abc import Callable, Iterator
from itertools import product

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import Window, sign_in
from tests.people import Simulator, quoted

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SIZES = {
    "phone": {"width": 390, "height": 844},
    "desktop": {"width": 1280, "height": 800},
    "narrowest": {"width": 320, "height": 568},
}
LONG_WORD = "Donaudampfschifffahrtsgesellschaftskapitän" * 4


@pytest.fixture(scope="module")
def busy(simulator: Simulator, new_name: Callable[[], str]) -> str:
    """Somebody with messages of all kinds, who follows and is followed."""
    account = new_name()
    other = f"{account} {LONG_WORD}"[:100]
    for each in (account, other):
        simulator.register(each)
    simulator.change(account, follow=other)
    simulator.change(other, follow=account)
    texts = ["short", LONG_WORD, "<b>bold</b>", "line\n" * 30, "long " * 400, "🦜 שלום 名前"]
    for text in [*(str(number) for number in range(60)), *texts]:
        simulator.tweet(account, text)
    simulator.tweet(other, LONG_WORD)
    return account


def places(page: Page, name: str) -> Iterator[tuple[str, int]]:
    """Every page there is, each in the state in which most stands on it, with its status."""
    for path in ("/public", "/login", "/register"):
        yield path, goto(page, path)
    for path in ("/login", "/register"):
        goto(page, path)
        page.locator("input[type=submit]").click()
        expect(page.locator("div.error")).to_be_visible()
        yield f"{path} with an error", 200
    yield "a name that nobody has", goto(page, "/nobody at all")
    yield "what one has to sign in for", goto(page, "/settings")
    yield "the gateway's own", goto(page, "/healthz")
    sign_in(page, name)
    yield "home with a flash", 200
    for path in ("/settings", f"/{quoted(name)}/followers", f"/{quoted(name)}", "/"):
        yield path, goto(page, path)
    page.locator("a[rel=next]").click()
    page.locator("summary").first.click()
    yield "the second page", 200
    page.goto("/public")
    other = page.locator("ul.messages strong a").first
    other.click()
    yield "somebody else's page", 200


def goto(page: Page, path: str) -> int:
    answer = page.goto(path)
    assert answer is not None
    return answer.status


def test_every_page_passes_the_accessibility_checks(window: Window, busy: str) -> None:
    page = window(bypass_csp=True)
    options = {"resultTypes": ["violations"], "runOnly": {"type": "tag", "values": RULES}}
    for place, status in places(page, busy):
        assert status in (200, 401, 404)
        for size, scheme in product(("phone", "desktop"), ("light", "dark")):
            page.set_viewport_size(SIZES[size])
            page.emulate_media(color_scheme=scheme)
            violations = Axe().run(page, options=options).response["violations"]
            assert violations == [], f"{place}, {size}, {scheme}: {told(violations)}"


def told(violations: list[dict[str, object]]) -> str:
    return json.dumps(
        [
            (each["id"], [node["html"] for node in each["nodes"]])  # type: ignore[attr-defined]
            for each in violations
        ],
        indent=1,
    )


@pytest.mark.parametrize("size", SIZES)
def test_nothing_scrolls_sideways(window: Window, busy: str, size: str) -> None:
    page = window(viewport=SIZES[size])
    for place, _ in places(page, busy):
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= SIZES[size]["width"], place


def test_a_page_is_complete_with_text_at_twice_its_size(window: Window, busy: str) -> None:
    page = window(viewport={"width": 640, "height": 512}, bypass_csp=True)
    for place, _ in places(page, busy):
        page.add_style_tag(content="html { font-size: 200% }")
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= 640, place


def test_dark_is_dark_and_light_is_light(window: Window) -> None:
    brightness = {}
    for scheme in ("light", "dark"):
        page = window(color_scheme=scheme)
        page.goto("/public")
        colour = page.evaluate("getComputedStyle(document.querySelector('.page')).backgroundColor")
        brightness[scheme] = sum(int(part) for part in colour.strip("rgba()").split(",")[:3])
    assert brightness["dark"] < 150 < 600 < brightness["light"]


def test_pictures_and_the_stylesheet_arrive(window: Window, busy: str) -> None:
    page = window()
    failed: list[str] = []
    page.on("response", lambda answer: failed.append(answer.url) if answer.status > 399 else None)
    page.goto("/public")
    page.wait_for_load_state("networkidle")
    assert page.evaluate("[...document.images].every(each => each.naturalWidth > 0)")
    assert page.evaluate("document.styleSheets.length") == 1
    assert failed == []
