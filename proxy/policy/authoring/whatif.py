"""What-if analysis of recorded traffic: a provider is cut off, a legal basis falls."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from proxy.policy.authoring.cases import permitted, revoke_dpf
from proxy.policy.authoring.compare import Recorded
from proxy.policy.engine.evaluator import Evaluator


class UnknownSubjectError(ValueError):
    """The event names a provider without registered targets."""


@dataclass(frozen=True, slots=True)
class LegalEvent:
    """One or more changes at once. Provider names are keys of ``data.providers``; dates are ISO dates."""

    cut_off: str = ""
    dpf_falls: str = ""
    baa_lapses: str = ""

    def data(self, before: Mapping[str, Any]) -> dict[str, Any]:
        """Return the data document after the event.

        Raises:
            UnknownSubjectError: no target of such a provider is registered.

        """
        after = copy.deepcopy(dict(before))
        if self.cut_off:
            for name in _targets_of(after, self.cut_off):
                del after["targets"][name]
        if self.baa_lapses:
            for name in _targets_of(after, self.baa_lapses):
                after["targets"][name]["baa"] = {**after["targets"][name].get("baa", {}), "status": "lapsed"}
        if self.dpf_falls:
            revoke_dpf(after, self.dpf_falls)
        return after

    def document(self, before: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return an input document as of the day of the event."""
        if not self.dpf_falls or str(before["time"])[:10] >= self.dpf_falls:
            return before
        return {**before, "time": f"{self.dpf_falls}T00:00:00Z"}


def _targets_of(data: Mapping[str, Any], provider: str) -> list[str]:
    names = [name for name, target in data.get("targets", {}).items() if target.get("provider") == provider]
    if not names:
        raise UnknownSubjectError(f"no registered target belongs to provider '{provider}'")
    return names


@dataclass(slots=True)
class Flow:
    """The traffic of one tenant, activity and target before the event, and its targets after it."""

    total: int = 0
    stops: int = 0
    moves: Counter[str] = field(default_factory=Counter)
    alternatives: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)


def flows(inputs: Iterable[Recorded], evaluator: Evaluator, event: LegalEvent) -> dict[tuple[str, str, str], Flow]:
    """Return the affected flows by (tenant, activity, target before)."""
    found: dict[tuple[str, str, str], Flow] = {}
    with evaluator.over(event.data(evaluator.data)) as after:
        for recorded in inputs:
            document = event.document(recorded.document)
            old, new = evaluator.outcome(document), after.outcome(document)
            if old.get("selected_target") is None:
                continue
            key = (document["tenant"]["id"], document["activity"]["id"], old["selected_target"])
            _count(found.setdefault(key, Flow()), old, new)
    return {key: flow for key, flow in found.items() if flow.stops or flow.moves}


def _count(flow: Flow, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    flow.total += 1
    selected = new.get("selected_target")
    if selected == old["selected_target"]:
        return
    flow.alternatives.update(permitted(new))
    flow.codes.update(
        code
        for entry in new.get("targets") or ()
        if entry["target"] == old["selected_target"]
        for code in entry.get("denials") or ()
    )
    if selected is None:
        flow.stops += 1
    else:
        flow.moves[selected] += 1
