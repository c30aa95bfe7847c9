"""Answers as files: one module for each format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from proxy.reports.answer import SignedAnswer
from proxy.reports.render import lines, page, spreadsheet

#: Format -> what makes a file of an answer.
FORMATS: Mapping[str, Callable[[SignedAnswer], bytes]] = MappingProxyType({
    "csv": spreadsheet.rendered,
    "jsonl": lines.rendered,
    "html": page.rendered,
})  # fmt: skip
