"""What of a decision is compared with another one: one definition for shadow, replay and activation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Summary:
    """The compared parts of a decision: not ids, times, revisions or the wording of reasons."""

    action: str
    selected: str | None
    status: int
    permitted: tuple[str, ...]
    codes: frozenset[tuple[str, str]]  # (target or "", reason code)
    obligations: frozenset[tuple[str, str, str]]  # of permitted targets: (target, type, all else in words)

    def reason_codes(self) -> frozenset[str]:
        """Return the reason codes without targets."""
        return frozenset(code for _, code in self.codes)


def permitted(answer: Mapping[str, Any]) -> list[str]:
    """Return the permitted targets in order of preference."""
    allowed = [entry for entry in answer.get("targets") or () if entry.get("permit")]
    return [entry["target"] for entry in sorted(allowed, key=lambda entry: entry.get("rank", 0))]


def summary(answer: Mapping[str, Any]) -> Summary:
    """Return the summary of a decision document."""
    targets = answer.get("targets") or ()
    codes = {("", code) for code in answer.get("block_codes") or ()}
    codes |= {(entry["target"], code) for entry in targets for code in entry.get("denials") or ()}
    return Summary(
        action=str(answer.get("action")),
        selected=answer.get("selected_target"),
        status=int(answer.get("http_status", 0)),
        permitted=tuple(permitted(answer)),
        codes=frozenset(codes),
        obligations=frozenset(
            (entry["target"], obligation["type"], " ".join(_words(obligation)))
            for entry in targets
            if entry.get("permit")
            for obligation in entry.get("obligations") or ()
        ),
    )


def _words(obligation: Mapping[str, Any]) -> Iterator[str]:
    """Yield what an obligation says besides its type, as a table shows it."""
    if entities := obligation.get("entities"):
        yield ",".join(sorted(entities))
    yield from filter(None, (obligation.get(name, "") for name in ("profile", "method", "when")))
    yield from (f"{name}={value}" for name, value in sorted((obligation.get("params") or {}).items()))
