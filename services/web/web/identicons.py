"""A picture for a name, drawn from its hash: four tiles, mirrored into a rosette."""

import hashlib
from collections.abc import Callable, Iterator

DIGITS = 16
TILE = 16
# Ground and figure; each pair has a contrast of 3:1 or more, on light and on dark paper.
COLOURS = (
    ("#d9ece7", "#0a655d"),
    ("#dfe7f5", "#2f5596"),
    ("#efe2f3", "#7a3f8f"),
    ("#f8e1e4", "#a8324a"),
    ("#fae6d5", "#a34a12"),
    ("#f4ecc8", "#7a5c00"),
    ("#e4eed2", "#4a6b17"),
    ("#dcebf0", "#1c6480"),
    ("#0a655d", "#c9ebe3"),
    ("#2f5596", "#dbe6fb"),
    ("#7a3f8f", "#f1dcf7"),
    ("#a34a12", "#fde5d0"),
)


def digest_of(name: str) -> str:
    """What the picture of a name is called: hexadecimal digits."""
    return hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:DIGITS]


def svg(digest: str) -> str:
    """The picture, with no script and no style in it."""
    number = int(digest, 16)
    ground, figure = COLOURS[number % len(COLOURS)]
    shapes = "".join(_shapes(number // len(COLOURS)))
    quarter = f'<g id="q">{shapes}</g>'
    mirrored = "".join(
        f'<use href="#q" transform="translate({x} {y}) scale({across} {down})"/>'
        for x, y, across, down in ((64, 0, -1, 1), (0, 64, 1, -1), (64, 64, -1, -1))
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="-4 -4 72 72">'
        f'<path fill="{ground}" d="M-4-4h72v72h-72z"/>'
        f'<g fill="{figure}" stroke="{figure}" stroke-width=".5">{quarter}{mirrored}</g></svg>'
    )


def _shapes(number: int) -> Iterator[str]:
    for tile in range(4):
        number, kind = divmod(number, len(SHAPES))
        yield SHAPES[kind](tile % 2 * TILE, tile // 2 * TILE)


def _disc(x: int, y: int) -> str:
    return f'<circle cx="{x + 8}" cy="{y + 8}" r="7"/>'


def _square(x: int, y: int) -> str:
    return f'<path d="M{x} {y}h16v16h-16z"/>'


def _none(_x: int, _y: int) -> str:
    return ""


def _arc(corner: int) -> Callable[[int, int], str]:
    """A quarter of a disc around one of the tile's corners."""

    def draw(x: int, y: int) -> str:
        across, down = corner % 2, corner // 2
        middle_x, middle_y = x + across * TILE, y + down * TILE
        to_x, to_y = TILE * (1 - 2 * across), TILE * (1 - 2 * down)
        sweep = int(across == down)
        return f'<path d="M{middle_x} {middle_y}h{to_x}a16 16 0 0 {sweep} {-to_x} {to_y}z"/>'

    return draw


def _leaf(x: int, y: int) -> str:
    return f'<path d="M{x} {y}a16 16 0 0 1 16 16a16 16 0 0 1-16-16z"/>'


def _counterleaf(x: int, y: int) -> str:
    return f'<path d="M{x + 16} {y}a16 16 0 0 1-16 16a16 16 0 0 1 16-16z"/>'


SHAPES = (_arc(0), _arc(1), _arc(2), _arc(3), _leaf, _counterleaf, _disc, _square, _none)
