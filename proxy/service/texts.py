"""Texts that a person tries on the running proxy: read, decided and transformed as a request's, and kept nowhere.

A text is tried as the one message of a service that declares nothing but its activity. It is sent to no target, and
neither record, log nor vault gets it; of what detection remembers, keyed digests are all that stems from it.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from proxy.codecs.openai.apis import CHAT
from proxy.core.explanation import totals_of_remarks
from proxy.core.findings import SegmentFindings
from proxy.core.records import DeclaredFacts, Denial, Exchange, Outbound, Principal, TargetVerdict
from proxy.core.routing.routing import models
from proxy.core.wire import Incoming, new_exchange_id
from proxy.detection.correction import Correction, CorrectionRefusedError
from proxy.detection.explain import reason
from proxy.detection.regression import LabelledSpan
from proxy.errors import ConfigurationError
from proxy.exchange.deciding import RequestTrial
from proxy.exchange.mirroring import NoClient
from proxy.exchange.request import ClientRequest
from proxy.keys import master_key
from proxy.runtime.offload import on_behalf_of
from proxy.runtime.steps import in_turns
from proxy.service import corrections
from proxy.settings import Settings
from proxy.web.api.faults import InvalidRequestError, NotConfiguredError
from proxy.web.api.requests import CorrectText, TryText
from proxy.web.handlers import Services

_NAME, _PATH = "trial", "/v1/chat/completions"


@dataclass(frozen=True, slots=True)
class TriedTexts:
    """Implements ``proxy.web.api.ports.TextTrials`` on the pipeline in force."""

    services: Services
    settings: Settings

    def models(self, tenant: str) -> Sequence[str]:
        """Return the models that a tenant can name."""
        return models(self.services.pipeline.catalog, tenant)

    async def tried(self, asked: TryText) -> Mapping[str, Any]:
        """Return what is found, policy's decision, and what each target would receive.

        Raises:
            InvalidRequestError: the tenant has no model.
            ProxyError: the text cannot be read, searched or decided now.

        """
        model = asked.model or next(iter(self.models(asked.tenant)), "")
        if not model:
            raise InvalidRequestError("no route of this tenant names a model: name one")
        now = self.services.clock.now()
        principal = Principal(_NAME, asked.tenant, _NAME, (asked.activity,), asked.activity, asked.region)
        declared = DeclaredFacts(asked.activity, tuple(sorted(asked.subject_regions)), dry_run=True)
        exchange = Exchange(new_exchange_id(now), now, principal, declared, CHAT.name, _PATH)
        body = orjson.dumps({"model": model, "messages": [{"role": "user", "content": asked.text}]})
        request = ClientRequest(exchange, CHAT, Incoming(body), NoClient())
        with on_behalf_of(asked.tenant):
            trial = await in_turns(asked.tenant, self.services.pipeline.tried(request))
        return await asyncio.to_thread(document, trial, asked.text, model)

    async def corrected(self, wanted: CorrectText, by: str) -> bool:
        """Put a place on the tenant's list, once that is on record, and have the lists read again.

        Returns:
            Whether the list did not have it yet.

        Raises:
            InvalidRequestError: the entry would not have its effect.
            NotConfiguredError: the lists cannot be written here.
            AuditUnavailableError: it cannot be recorded.

        """
        span = LabelledSpan(wanted.start, wanted.end, wanted.type)
        correction = Correction(span, wanted.false, wanted.tenant, wanted.near, wanted.forced)
        try:
            where = corrections.lists_path(self.settings)
            keys = await asyncio.to_thread(master_key.keyring, self.settings)
            entry = corrections.entry(wanted.text, correction, keys, wanted.note)
            facts = corrections.facts(correction, entry, by)
            await self.services.events.event_durable(corrections.EVENT, facts, tenant=wanted.tenant)
            kinds = self.services.pipeline.catalog.entity_kinds
            new = await asyncio.to_thread(corrections.add, where, entry, kinds)
        except CorrectionRefusedError as error:
            raise InvalidRequestError(str(error)) from None
        except ConfigurationError as error:
            raise NotConfiguredError(str(error)) from error
        os.kill(self.settings.handover.worker_of or os.getpid(), signal.SIGHUP)
        return new


def document(trial: RequestTrial, text: str, model: str) -> dict[str, Any]:
    """Return a trial as the admin API tells it."""
    inspection, decision = trial.inspection, trial.decision
    spans = inspection.payload.spans
    segment = next(
        (part for span, part in zip(spans, inspection.segments, strict=True) if span.text == text), SegmentFindings()
    )
    return {
        "model": model,
        "status": inspection.status,
        "language": inspection.language,
        "categories": inspection.categories,
        "minor": inspection.minor,
        "findings": [
            {
                "start": finding.start, "end": finding.end, "type": finding.entity_type,
                "confidence": round(finding.score, 2), "rule": finding.recognizer, "why": reason(finding),
                "role": finding.subject_role,
            }
            for finding in segment.findings
        ],
        "inside": sorted({finding.entity_type for finding in segment.inside}),
        "decision": {
            "permit": decision.permit, "action": decision.action, "selected": decision.selected or "",
            "codes": decision.block_codes, "revision": decision.revision,
        },
        "targets": [_target(verdict, trial.results.get(verdict.target)) for verdict in decision.targets],
    }  # fmt: skip


def _target(verdict: TargetVerdict, result: Outbound | Denial | None) -> dict[str, Any]:
    """Return what one target would receive: the texts of the request as it would leave, by their place in it."""
    answer: dict[str, Any] = {
        "target": verdict.target, "region": verdict.region, "permit": isinstance(result, Outbound),
        "codes": verdict.denials, "obligations": [obligation.type for obligation in verdict.obligations], "message": "",
        "changes": (), "receives": (),
    }  # fmt: skip
    if isinstance(result, Denial):
        return {**answer, "codes": result.codes, "message": result.message}
    if result is None:
        return answer
    return {
        **answer,
        "region": verdict.region or result.target.region,
        "changes": totals_of_remarks(result.remarks),
        "receives": [{"place": path, "text": part} for path, part in _texts(orjson.loads(result.wire.body), "")],
    }


def _texts(node: Any, path: str) -> Iterator[tuple[str, str]]:
    """Yield each text of a document with its path (``messages[0].content``)."""
    if isinstance(node, str):
        yield path, node
    elif isinstance(node, Mapping):
        for name, child in node.items():
            yield from _texts(child, f"{path}.{name}" if path else name)
    elif isinstance(node, list):
        for number, child in enumerate(node):
            yield from _texts(child, f"{path}[{number}]")
