"""Pictures, drawn from names."""

import re
from xml.etree import ElementTree

import pytest

from services.web.tests.conftest import Browser
from web import identicons

NAMES = ["jane", "joe", "Åse", "日本語", "x" * 100, "Roger Histand", ""]


@pytest.mark.contract("B The picture is drawn locally (an identicon by name)")
def test_a_picture_is_the_names_own_and_always_the_same() -> None:
    pictures = {identicons.svg(identicons.digest_of(name)) for name in NAMES}
    assert len(pictures) == len(NAMES)
    assert identicons.digest_of("jane") == "81f8f6dde88365f3"


@pytest.mark.parametrize("number", range(50))
def test_a_picture_is_well_formed_and_has_no_style_and_no_script(number: int) -> None:
    picture = identicons.svg(identicons.digest_of(str(number)))
    root = ElementTree.fromstring(picture)  # noqa: S314 - we drew it
    names = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert names <= {"svg", "g", "path", "circle", "use"}
    assert "style" not in picture


def luminance(colour: str) -> float:
    channels = [int(part, 16) / 255 for part in re.findall("[0-9a-f]{2}", colour)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("pair", identicons.COLOURS)
def test_figure_and_ground_can_be_told_apart(pair: tuple[str, str]) -> None:
    darker, lighter = sorted(map(luminance, pair))
    assert (lighter + 0.05) / (darker + 0.05) >= 3


def test_a_picture_is_kept_for_ever(anybody: Browser) -> None:
    answer = anybody.get("/static/identicons/81f8f6dde88365f3.svg")
    assert answer.mimetype == "image/svg+xml"
    assert "immutable" in answer.headers["Cache-Control"]
