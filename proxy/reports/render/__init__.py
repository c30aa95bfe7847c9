"""Answers as files: one module for each format."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from proxy.reports.answer import SignedAnswer
from proxy.reports.render import columnar, lines, optional, page, paper, printed, spreadsheet

#: Format -> what makes a file of an answer.
FORMATS: Mapping[str, Callable[[SignedAnswer], bytes]] = MappingProxyType({
    "csv": spreadsheet.rendered,
    "jsonl": lines.rendered,
    "parquet": columnar.rendered,
    "html": lambda answer: page.rendered(printed.document(answer)),
    "pdf": lambda answer: paper.rendered(printed.document(answer)),
})  # fmt: skip
_NEEDED = {"parquet": ("pyarrow", "lake"), "html": ("jinja2", "reports"), "pdf": ("typst", "reports")}


def check(formats: Iterable[str]) -> None:
    """Check that what these formats need is installed, before anything is asked.

    Raises:
        ConfigurationError: an extra is missing.

    """
    for name in formats:
        if name in _NEEDED:
            optional.library(*_NEEDED[name])
