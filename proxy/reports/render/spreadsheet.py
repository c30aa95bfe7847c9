"""An answer as CSV (RFC 4180), in which no cell is a formula. Pure."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from proxy.reports.answer import SignedAnswer
from proxy.reports.rows import cell

#: Where a formula could begin: at the beginning, and behind a sign that separates cells where commas do not.
_FORMULA = re.compile(r"(?:\A|(?<=[;\t\r\n|]))(?=[=+\-@\uff1d\uff0b\uff0d\uff20])|\A(?=[\t\r\n])")


def rendered(answer: SignedAnswer) -> bytes:
    """Return a line of names, and one for each row; a cell that a spreadsheet would run starts with an apostrophe."""
    return table(answer.question.columns, answer.rows)


def table(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Return rows as CSV, as ``rendered`` does."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([guarded(row[name]) for name in columns])
    return out.getvalue().encode()


def guarded(value: object) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    text = cell(value)
    return text if isinstance(value, int | float) else _FORMULA.sub("'", text)
