"""Draw boxes, arrows and words as SVG: small, the same on every machine, readable without a script or a font."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape

#: The width of a character at the size of a box's first line, and the height of a line, in pixels.
CHARACTER, LINE = 7.4, 18
_MARGIN = 12
_STYLE = """
text { font: 13px ui-sans-serif, system-ui, "Segoe UI", Roboto, sans-serif; fill: #1b2330; }
.small { font-size: 11.5px; fill: #566072; } .strong { font-weight: 600; }
.mono { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
.box { fill: #f3f5fa; stroke: #8492b2; } .ours { fill: #e6edff; stroke: #4a67c4; }
.durable { fill: #e4f4e8; stroke: #3d8a55; } .refused { fill: #fdecea; stroke: #b5483c; }
.band { fill: #fafbfd; stroke: #d5dbe8; } .page { fill: #ffffff; }
.arrow { stroke: #566072; fill: none; stroke-width: 1.4; } .dashed { stroke-dasharray: 5 4; }
"""
_HEAD = (
    '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
    '<path d="M0,0 L8,4 L0,8 z" fill="#566072"/></marker></defs>'
)


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle with lines of text, the first one strong; places and sizes in pixels."""

    x: float
    y: float
    width: float
    height: float
    lines: Sequence[str]
    kind: str = "box"

    @property
    def right(self) -> tuple[float, float]:
        """The middle of the right edge."""
        return self.x + self.width, self.y + self.height / 2

    @property
    def left(self) -> tuple[float, float]:
        """The middle of the left edge."""
        return self.x, self.y + self.height / 2

    @property
    def top(self) -> tuple[float, float]:
        """The middle of the upper edge."""
        return self.x + self.width / 2, self.y

    @property
    def bottom(self) -> tuple[float, float]:
        """The middle of the lower edge."""
        return self.x + self.width / 2, self.y + self.height


def width_of(lines: Iterable[str]) -> float:
    """Return how wide a box of these lines has to be."""
    return max(len(line) for line in lines) * CHARACTER + 2 * _MARGIN


@dataclass(slots=True)
class Drawing:
    """What is drawn, in order. ``title`` says it in words, for those who do not see it."""

    title: str
    _pieces: list[str] = field(default_factory=list)
    _right: float = 0
    _bottom: float = 0

    def box(
        self, x: float, y: float, lines: Sequence[str], kind: str = "box", width: float = 0, height: float = 0
    ) -> Box:
        """Add a box that is at least as large as its lines need."""
        made = Box(x, y, max(width, width_of(lines)), max(height, len(lines) * LINE + 14), lines, kind)
        self.rectangle(made.x, made.y, made.width, made.height, kind)
        first = made.y + (made.height - len(lines) * LINE) / 2 + 13
        for number, line in enumerate(lines):
            self.text(made.x + made.width / 2, first + number * LINE, line, "small" if number else "strong", "middle")
        return made

    def rectangle(self, x: float, y: float, width: float, height: float, kind: str) -> None:
        """Add a rectangle without text."""
        self._reach(x + width, y + height)
        self._pieces.append(f'<rect class="{kind}" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="6"/>')

    def text(self, x: float, y: float, line: str, kind: str = "", anchor: str = "start") -> None:
        """Add a line of text; ``y`` is its base line."""
        end = x + len(line) * CHARACTER * {"start": 1, "middle": 0.5, "end": 0}[anchor]
        self._reach(end, y + 4)
        self._pieces.append(f'<text class="{kind}" x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(line)}</text>')

    def upward(self, x: float, y: float, line: str, kind: str = "") -> None:
        """Add a line of text that is read from below."""
        self._reach(x + 4, y)
        place = f'transform="translate({x:g},{y:g}) rotate(-90)"'
        self._pieces.append(f'<text class="{kind}" {place}>{escape(line)}</text>')

    def arrow(self, *points: tuple[float, float], kind: str = "") -> None:
        """Add a line through points, with a head at its end."""
        path = "M" + " L".join(f"{x:g},{y:g}" for x, y in points)
        for x, y in points:
            self._reach(x, y)
        self._pieces.append(f'<path class="arrow {kind}" d="{path}" marker-end="url(#head)"/>')

    def _reach(self, x: float, y: float) -> None:
        self._right, self._bottom = max(self._right, x), max(self._bottom, y)

    def svg(self) -> str:
        """Return the whole file."""
        width, height = round(self._right + _MARGIN), round(self._bottom + _MARGIN)
        size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        return "\n".join(
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">',
                f"<title>{escape(self.title)}</title>",
                f"<style>{_STYLE}</style>{_HEAD}",
                f'<rect class="page" width="{width}" height="{height}" rx="8"/>',
                *self._pieces,
                "</svg>\n",
            )
        )
