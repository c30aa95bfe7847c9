"""Differences between the decisions of two policies, and their totals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from proxy.policy.decision.summary import Summary, summary

_SAMPLES = 3


@dataclass(frozen=True, slots=True)
class Recorded:
    """A recorded input document with its decision (if known), the decision's id, and the exchange."""

    document: Mapping[str, Any]
    decision: Mapping[str, Any] | None = None
    id: str = ""
    exchange: str = ""  # for ``audit show`` and ``policy explain``; "" outside the audit log


@dataclass(frozen=True, slots=True)
class DecisionChange:
    """One input that two policies decide differently."""

    recorded: Recorded
    before: Summary
    after: Summary

    def key(self) -> tuple[str, str, str, str, str]:
        """Return its group: tenant, activity, action, gained reason codes, lost reason codes."""
        gained = sorted(self.after.reason_codes() - self.before.reason_codes())
        lost = sorted(self.before.reason_codes() - self.after.reason_codes())
        moved = (
            self.after.action
            if self.before.action == self.after.action
            else f"{self.before.action} → {self.after.action}"
        )
        if self.before.selected != self.after.selected and self.before.action == self.after.action:
            moved = f"{moved}: {self.before.selected} → {self.after.selected}"
        if not gained and not lost and moved == self.after.action:
            moved = ", ".join([moved, *self._duties()])
        document = self.recorded.document
        return document["tenant"]["id"], document["activity"]["id"], moved, " ".join(gained), " ".join(lost)

    def _duties(self) -> list[str]:
        """Return the obligations that come (+) and go (-), of whichever target."""
        new, old = self.after.obligations - self.before.obligations, self.before.obligations - self.after.obligations
        signed = {f"{sign}{type_} {what}".strip() for sign, of in (("+", new), ("-", old)) for _, type_, what in of}
        return sorted(signed)


@dataclass(slots=True)
class Group:
    """Similar changes, with decision ids and exchanges of some samples."""

    count: int = 0
    samples: list[str] = field(default_factory=list)
    exchanges: list[str] = field(default_factory=list)


Key = tuple[str, str, str, str, str]


@dataclass(frozen=True, slots=True)
class Judged:
    """One input decided by two policies: its group if it is decided differently, and why it is not decided."""

    id: str
    exchange: str
    key: Key | None
    failures: tuple[str, ...] = ()


def judged(recorded: Recorded, before: Mapping[str, Any], after: Mapping[str, Any]) -> Judged:
    """Compare two decisions on one input."""
    old, new = summary(before), summary(after)
    failures = () if "policy" in after else tuple(reason["rule_id"] for reason in after.get("reasons") or ())
    key = DecisionChange(recorded, old, new).key() if old != new else None
    return Judged(recorded.id, recorded.exchange, key, failures)


@dataclass(slots=True)
class Comparison:
    """The differences of two policies over many inputs."""

    total: int = 0
    changed: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    _groups: dict[Key, Group] = field(default_factory=dict)

    def add(self, item: Judged) -> None:
        """Count one input."""
        self.total += 1
        self.failures.update(item.failures)
        if item.key is None:
            return
        self.changed += 1
        group = self._groups.setdefault(item.key, Group())
        group.count += 1
        if item.id and len(group.samples) < _SAMPLES:
            group.samples.append(item.id)
            group.exchanges.append(item.exchange)

    def groups(self) -> dict[Key, Group]:
        """Return the changes by tenant, activity, action and reason codes, largest group first."""
        return dict(sorted(self._groups.items(), key=lambda item: -item[1].count))


def compare(
    inputs: Iterable[Recorded],
    before: Iterable[Mapping[str, Any]],
    after: Iterable[Mapping[str, Any]],
    step: Callable[[], None] | None = None,
) -> Comparison:
    """Compare two decisions on every input, in the inputs' order; ``step`` is called after each."""
    comparison = Comparison()
    for recorded, old, new in zip(inputs, before, after, strict=True):
        comparison.add(judged(recorded, old, new))
        if step is not None:
            step()
    return comparison
