"""What-if analysis of recorded traffic: a provider is cut off, a legal basis falls."""

from __future__ import annotations

import copy
import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from proxy.policy.authoring.compare import Recorded
from proxy.policy.decision.summary import permitted
from proxy.policy.engine.evaluator import Evaluator


class UnknownSubjectError(ValueError):
    """The event names a provider without registered targets."""


@dataclass(frozen=True, slots=True)
class LegalEvent:
    """One or more changes at once. Provider names are keys of ``data.providers``; dates are ISO dates."""

    cut_off: str = ""
    dpf_falls: str = ""
    baa_lapses: str = ""
    lapses: str = ""  # KIND=PROVIDER, a contract or assessment
    adequacy_falls: str = ""  # LIST:PLACE=DATE

    def falls(self) -> tuple[str, str, str]:
        """Return list, place and day of the decision that falls, "" without one.

        Raises:
            ValueError: not written as LIST:PLACE=DATE.

        """
        if self.dpf_falls:
            return "eu", "US", self.dpf_falls
        if not self.adequacy_falls:
            return "", "", ""
        decision, _, day = self.adequacy_falls.partition("=")
        name, _, country = decision.partition(":")
        return name, country, dt.date.fromisoformat(day).isoformat()

    def data(self, before: Mapping[str, Any]) -> dict[str, Any]:
        """Return the data document after the event.

        Raises:
            UnknownSubjectError: no target of such a provider is registered, or no such decision is listed.

        """
        after = copy.deepcopy(dict(before))
        if self.cut_off:
            for name in _targets_of(after, self.cut_off):
                del after["targets"][name]
        for kind, provider in (("baa", self.baa_lapses), tuple(self.lapses.partition("=")[::2])):
            if provider:
                _lapse(after, kind, _targets_of(after, provider))
        name, country, day = self.falls()
        entries = [entry for entry in after.get("adequacy", {}).get(name, ()) if entry.get("code") == country]
        if day and not entries:
            raise UnknownSubjectError(f"no decision of the list '{name}' names '{country}'")
        for entry in entries:
            entry["revoked_at"] = day
        return after

    def document(self, before: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return an input document as of the day of the event."""
        _, _, day = self.falls()
        return {**before, "time": f"{day}T00:00:00Z"} if str(before["time"])[:10] < day else before


def _lapse(data: dict[str, Any], kind: str, targets: list[str]) -> None:
    """End the contracts of a kind of these targets, and the tenants' instruments for them."""
    for name in targets:
        data["targets"][name][kind] = {**data["targets"][name].get(kind, {}), "status": "lapsed"}
    providers = {data["targets"][name].get("provider") for name in targets}
    for tenant in data.get("tenants", {}).values():
        for instrument in tenant.get("instruments", ()):
            concerned = {*targets} & {*instrument.get("targets", ())} or providers & {*instrument.get("providers", ())}
            if instrument["kind"] == kind and concerned:
                instrument["status"] = "lapsed"


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
    affected: dict[tuple[str, str, str], Flow] = {}
    with evaluator.over(event.data(evaluator.data)) as after:
        for recorded in inputs:
            document = event.document(recorded.document)
            old, new = evaluator.outcome(document), after.outcome(document)
            if old.get("selected_target") is None:
                continue
            key = (document["tenant"]["id"], document["activity"]["id"], old["selected_target"])
            _count(affected.setdefault(key, Flow()), old, new)
    return {key: flow for key, flow in affected.items() if flow.stops or flow.moves}


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
