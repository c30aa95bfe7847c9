"""Regression cases: texts with what must and must not be found in them, one JSON object per line.

``{"id", "text", "tenant", "findings": [{"start", "end", "entity_type"}], "absent": [the same], "open": false}``.
A finding is present when findings of its type cover all of its characters except white space; it is absent when no
finding of its type overlaps it. An ``open`` case is known to fail so far.
"""

from __future__ import annotations

import json
import secrets
import string
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from proxy.core.findings import Finding

_ID_BYTES = 6


@dataclass(frozen=True, slots=True)
class LabelledSpan:
    """Part of a text, and a type of entity."""

    start: int
    end: int
    entity_type: str


@dataclass(frozen=True, slots=True)
class LabelledText:
    """One text with its expected and its forbidden findings."""

    id: str
    text: str
    tenant: str = ""
    findings: tuple[LabelledSpan, ...] = ()
    absent: tuple[LabelledSpan, ...] = ()
    open: bool = False

    def line(self) -> str:
        """Return the case as a line of JSON."""
        return json.dumps({name: value for name, value in asdict(self).items() if value not in ("", (), False)})


def fresh_id() -> str:
    """Return an id for a new case."""
    return secrets.token_hex(_ID_BYTES)


def parsed(line: str) -> LabelledText:
    """Read one line.

    Raises:
        ValueError: the line is not a case; the message does not quote it.

    """
    try:
        row = json.loads(line)
        case = LabelledText(
            id=str(row.get("id", "")),
            text=row["text"],
            tenant=row.get("tenant", ""),
            findings=_places(row, "findings"),
            absent=_places(row, "absent"),
            open=row.get("open", False) is True,
        )
        sound = isinstance(case.text, str) and isinstance(case.tenant, str)
    except (ValueError, TypeError, KeyError, AttributeError):
        raise ValueError("not a regression case") from None
    if not sound or any(not 0 <= span.start < span.end <= len(case.text) for span in (*case.findings, *case.absent)):
        raise ValueError("not a regression case")
    return case


def differences(case: LabelledText, findings: Sequence[Finding]) -> list[str]:
    """Describe the deviations from a case without quoting its text; an empty list means that it holds."""
    missing = [f"{_described(span)} is not found" for span in case.findings if not _covered(case.text, span, findings)]
    alarms = [
        f"{_described(span)} is found" for span in case.absent if any(_touches(span, finding) for finding in findings)
    ]
    return missing + alarms


def disguised(value: str) -> str:
    """Return a value of the same shape with random letters and digits."""
    return "".join(_other(character) for character in value)


def _places(row: dict[str, Any], name: str) -> tuple[LabelledSpan, ...]:
    return tuple(
        LabelledSpan(int(cell["start"]), int(cell["end"]), str(cell["entity_type"])) for cell in row.get(name, ())
    )


def _described(span: LabelledSpan) -> str:
    return f"{span.entity_type} at {span.start}:{span.end}"


def _touches(span: LabelledSpan, finding: Finding) -> bool:
    return finding.entity_type == span.entity_type and finding.start < span.end and span.start < finding.end


def _covered(text: str, span: LabelledSpan, findings: Iterable[Finding]) -> bool:
    covered = {at for finding in findings if _touches(span, finding) for at in range(finding.start, finding.end)}
    return all(at in covered or text[at].isspace() for at in range(span.start, span.end))


def _other(character: str) -> str:
    if character.isdecimal():
        return secrets.choice(string.digits)
    if character.isalpha():
        return secrets.choice(string.ascii_uppercase if character.isupper() else string.ascii_lowercase)
    return character
