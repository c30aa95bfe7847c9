"""The real application in this process: its web server, detection, policies and transforms; the targets only record.

Evidence, vault and targets are in memory. What a target recorded is the body that would have left.
"""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import yaml

from proxy.catalog import documents
from proxy.catalog.load import compiled
from proxy.core import obligations
from proxy.core.findings import Detection, SegmentFindings
from proxy.core.leaves import TextLeaf, bare
from proxy.core.records import Decision, Facts, Outbound, Principal
from proxy.core.routing.routing import Sender
from proxy.core.targets.registered import Catalog
from proxy.detection.detector import PooledDetector
from proxy.detection.models.classifier_files import CLASSIFIER, DEFAULT
from proxy.detection.pool.process import spawning
from proxy.exchange.outside import Ports
from proxy.exchange.pipeline import Pipeline
from proxy.policy.decision import answer as answers
from proxy.policy.decision.document import input_document
from proxy.policy.engine.evaluator import Evaluator
from proxy.runtime.resources import shipped
from proxy.settings import Settings, receive_handover
from testing import rule_cache
from testing.fakes import EVERY_INPUT, KEYRING, FakeReply, FakeUpstreams, Stage, completion
from testing.serving import Running, serving

#: The shipped activity of the demonstration, and one that lets a contracted third party see special categories.
SHIPPED, PERMISSIVE = "support-chat", "outbound"
_ADDRESSES = {"PROXY_STANDIN_URL": "http://third.test", "PROXY_LOCAL_MODEL_URL": "http://local.test"}
_TRANSFORMS = frozenset({"redact", "pseudonymize", "mask", "generalize", "deidentify", "block_content"})
_REPLIES: Mapping[str, bytes] = {
    "anthropic_messages": json.dumps({
        "id": "msg_1", "type": "message", "role": "assistant", "model": "m", "stop_reason": "end_turn", "stop_sequence": None,
        "content": [{"type": "text", "text": "Done."}], "usage": {"input_tokens": 1, "output_tokens": 1},
    }).encode(),
    "openai_responses": json.dumps({
        "id": "resp_1", "object": "response", "created_at": 1, "status": "completed", "model": "m", "output": [
            {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed",
             "content": [{"type": "output_text", "text": "Done.", "annotations": []}]}],
    }).encode(),
}  # fmt: skip
_REFUSED = frozenset({400, 403, 451})
_PATIENCE_S = 300.0  # quality is measured here, so a slow machine must not change a figure
_CACHE = 256 << 20


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a request. ``body`` is what the target received, None where the request was refused.

    ``pinned``: it stayed in the region or was refused. ``replaced``: the entity types that policy had changed.
    """

    status: int
    target: str
    body: Any
    pinned: bool
    special: bool
    codes: tuple[str, ...]
    replaced: frozenset[str]


class RecordingDetector(PooledDetector):
    """The served detector, which keeps the findings of every text here."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.findings: dict[str, SegmentFindings] = {}

    async def detect(self, texts: Sequence[str | TextLeaf], tenant: str, within_s: float | None = None) -> Detection:
        """Read texts."""
        detection = await super().detect(texts, tenant, within_s)
        self.findings.update(zip(map(bare, texts), detection.segments, strict=True))
        return detection


class EmbeddedPolicy:
    """Implements ``PolicyDecisionPoint`` with the shipped policies, evaluated in this process."""

    def __init__(self, catalog: Catalog) -> None:
        self._evaluator = Evaluator.open(shipped("policies"), None, catalog.data_document)
        self.asked: list[Facts] = []
        self.decided: list[Decision] = []

    async def decide(self, facts: Facts, exchange: str, now: float) -> Decision:
        """Decide."""
        document = input_document(facts, exchange, now)
        stamp = answers.Stamp("d" * 32, exchange, document["time"], "opa-embedded", digest="0" * 64)
        candidates = [candidate["target"] for candidate in document["candidates"]]
        decision = answers.decision(
            self._evaluator.decide(document), candidates, stamp, obligations.supported(facts.phase)
        )
        if facts.phase == "request":
            self.asked.append(facts)
            self.decided.append(decision)
        return decision


@dataclass
class Served:
    """The running application."""

    running: Running
    detector: RecordingDetector
    policy: EmbeddedPolicy
    upstreams: FakeUpstreams
    special: frozenset[str] = field(default_factory=frozenset)

    async def send(self, body: Mapping[str, Any], path: str, activity: str = SHIPPED) -> Sent:
        """Send one request; return what the target received.

        Raises:
            RuntimeError: the application failed, or did not read everything: no figure would mean anything.

        """
        for kept in (self.policy.asked, self.policy.decided, self.upstreams.sent):
            kept.clear()
        headers = {"x_compliance_activity": activity, "content_type": "application/json"}
        async with self.running.post(json.dumps(body).encode(), path, **headers) as reply:
            status, answer = reply.status, await reply.read()
        if not self.policy.decided or (not self.upstreams.sent and status not in _REFUSED):
            raise RuntimeError(f"no decision: {status} {answer[:300]!r}")
        outbound = self.upstreams.sent[-1] if self.upstreams.sent else None
        facts, decision = self.policy.asked[-1], self.policy.decided[-1]
        return Sent(
            status,
            outbound.target.id if outbound else "",
            json.loads(outbound.wire.body) if outbound else None,
            outbound is None or outbound.target.self_hosted,
            bool(self.special & set(facts.categories)),
            decision.block_codes or _codes(decision),
            _replaced(outbound, decision),
        )


def _codes(decision: Decision) -> tuple[str, ...]:
    return tuple(sorted({code for verdict in decision.targets for code in verdict.denials}))


def _replaced(outbound: Outbound | None, decision: Decision) -> frozenset[str]:
    verdicts = [outbound.verdict] if outbound else list(decision.targets)
    return frozenset(
        kind
        for verdict in verdicts
        for obligation in verdict.obligations
        if obligation.type in _TRANSFORMS
        for kind in obligation.entities
    )


def catalog() -> Catalog:
    """Return the shipped catalog with a target that takes every dialect, and one more activity."""
    folder = shipped("config")
    written = {
        name: yaml.safe_load((folder / f"{name}.yaml").read_text()) for name in ("registry", "endpoints", "routes")
    }
    activity = {**written["registry"]["activities"][SHIPPED], "allow_third_party_special": True}
    written["registry"]["activities"][PERMISSIVE] = activity
    document = {
        "registry": written["registry"],
        "endpoints": written["endpoints"]["endpoints"],
        "routes": written["routes"]["routes"],
    }
    compiled_catalog = compiled(documents.check(document), shipped("policies"), _ADDRESSES)
    targets = {name: replace(target, accepts=EVERY_INPUT) for name, target in compiled_catalog.targets.items()}
    return replace(compiled_catalog, targets=targets)


@asynccontextmanager
async def application(classifier: str) -> AsyncIterator[Served]:
    """Serve with one of the shipped classifiers; models come from the parent's nursery where it has handed one over."""
    os.environ[CLASSIFIER] = classifier
    receive_handover()
    nursery = Settings().handover.detection_nursery if classifier == DEFAULT else None
    detector = RecordingDetector(
        1, _PATIENCE_S, 1 << 30, _CACHE, KEYRING.derive("detection-cache"), spawn=spawning(nursery, rule_cache.folder())
    )
    registered = catalog()
    policy, upstreams = EmbeddedPolicy(registered), Replying()
    stage = Stage(detector=detector, pdp=policy, upstreams=upstreams, catalog=registered)
    ports = Ports(detector, policy, stage.vault, upstreams, stage.audit, stage.clock, inspection_s=_PATIENCE_S)
    stage.pipeline = Pipeline(ports, KEYRING, registered)
    async with detector.loading() as loading:
        await loading
        async with serving(stage, body=64 << 20, bytes=1 << 30, text=64 << 20, body_timeout=60.0) as running:
            running.identities.principal = Principal(
                "key1", "demo-eu", "outbound", (SHIPPED, PERMISSIVE), SHIPPED, "DE", "DE"
            )
            yield Served(running, detector, policy, upstreams, _special(registered))


class Replying(FakeUpstreams):
    """Targets that record, and answer in the dialect that they are asked in."""

    async def send(self, outbound: Outbound, sender: Sender) -> FakeReply:
        """Record and answer."""
        await super().send(outbound, sender)
        return FakeReply(parts=[_REPLIES.get(outbound.dialect) or completion("Done.")])


def _special(registered: Catalog) -> frozenset[str]:
    return frozenset(registered.data_document["config"]["special"])
