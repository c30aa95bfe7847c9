"""What one request holds: body decoded, files read, texts searched, our own pseudonyms and seals recognised."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from proxy.codecs import envelope, translation
from proxy.codecs.translation import TranslationPlan
from proxy.core import documents, field_roles
from proxy.core.decision import seals
from proxy.core.decision.inspection import inspect, joined
from proxy.core.deidentification import known_pseudonyms
from proxy.core.extent import TOO_MUCH_AT_ONCE
from proxy.core.findings import Detection
from proxy.core.leaves import TextLeaf, leaves
from proxy.core.records import Inspection, Payload
from proxy.core.routing import offers, routing
from proxy.core.routing.routing import Candidate, sender_of
from proxy.core.state import kept
from proxy.core.targets.canary import Split
from proxy.core.targets.registered import Catalog, Target
from proxy.core.wire import Incoming
from proxy.errors import (
    DetectionError,
    MalformedRequestError,
    TooMuchTextError,
    UnknownHandleError,
    VaultUnavailableError,
)
from proxy.exchange.deadline import DETECT, FILES, VAULT, Deadline, stage
from proxy.exchange.outside import Ports
from proxy.exchange.request import AddressedRequest
from proxy.runtime.offload import run_in_thread_if_large

#: The share of the inspection time reserved for the steps after detection.
_AFTERWARDS = 0.1
#: The category of a text that concerns a person although nothing in it identifies them.
_PERSONAL = "personal"
#: Characters of a batch that are read at once, and what every text costs besides its own.
_PORTION, _PER_TEXT = 50_000, 64
#: What a text and a line of a batch cost once they are decoded, in characters.
_TEXT_COST, _LINE_COST = 115, 2_000
#: Kinds of entity that no model name may contain.
_IDENTIFYING = frozenset({"direct", "govid", "fin", "pan", "sad", "secret"})


def _planned(request: AddressedRequest, payload: Payload, targets: Sequence[Target]) -> TranslationPlan:
    """Return how targets that do not speak the request's dialect can be reached by translation."""
    return translation.plan(request.api, payload, translation.translated_targets(request.api, targets))


def _size(request: AddressedRequest, payload: Payload) -> int:
    """Return how much work a request is once it is decoded, in characters, for ``run_in_thread_if_large``."""
    size = (len(request.incoming.body) + sum([len(span.text) for span in payload.spans])) // 4
    size += _TEXT_COST * (len(payload.spans) + len(payload.unread_numbers))
    return size + _LINE_COST * len(payload.parts)


def _portions(texts: Sequence[TextLeaf]) -> Iterator[Sequence[TextLeaf]]:
    """Yield the texts in order, in portions of at most ``_PORTION`` characters or of one text; at least one portion."""
    start = size = 0
    for at, leaf in enumerate(texts):
        if size + len(leaf.text) > _PORTION and at > start:
            yield texts[start:at]
            start, size = at, 0
        size += len(leaf.text) + _PER_TEXT
    yield texts[start:]


class _Reach(NamedTuple):
    """The targets that could serve a request in order, how, and its side of its route's split."""

    ranked: Sequence[Candidate]
    targets: Sequence[Target]
    plan: TranslationPlan
    split: Split | None


@dataclass(frozen=True, slots=True)
class Inspector:
    """Reads requests, and finds out where each can go."""

    outside: Ports
    catalog: Catalog
    draws: bytes = field(repr=False)  # the key of draws among targets
    shapeless: known_pseudonyms.Shapeless = field(default_factory=known_pseudonyms.Shapeless)

    async def inspect(self, request: AddressedRequest, deadline: Deadline) -> tuple[AddressedRequest, Inspection]:
        """Read a request; return it with where it can go, and its content.

        Raises:
            MalformedRequestError, UnsupportedFeatureError ...: it cannot be read or served.
            DetectionError, TooMuchTextError, DetectionBusyError: it cannot be searched.
            ProxyError: a stage before the search took the time for it.

        """
        payload = await run_in_thread_if_large(request.size, lambda: request.api.decode(request.incoming))
        if request.most_text and sum(len(span.text) for span in payload.spans) > request.most_text:
            raise TooMuchTextError(TOO_MUCH_AT_ONCE)
        payload = await self._with_kept(request, payload)
        payload, reach = await run_in_thread_if_large(request.size, lambda: self._reached(request, payload))
        ranked, targets, plan = reach.ranked, reach.targets, reach.plan
        if request.spending is not None and ranked:
            try:
                await request.spending.reserve(payload)
            finally:
                request.client.also = request.dialect.limits(request.spending.standings)
        payload = await self._with_files(await self._with_makers(request, payload))
        size = _size(request, payload)
        if payload.documents:
            plan = await run_in_thread_if_large(size, lambda: _planned(request, payload, targets))
        sender = sender_of(request.exchange, payload)
        exchange = request.exchange if reach.split is None else replace(request.exchange, split=reach.split)
        request = replace(request, exchange=exchange, size=size, ranked=ranked, plan=plan, sender=sender)
        detection = await self._detected(request, payload, deadline)
        pseudonyms = await self._known_pseudonyms(request, payload, detection.names)
        inspection = await run_in_thread_if_large(
            request.size, lambda: kept.with_kept(self._inspected(payload, detection, pseudonyms))
        )
        return request, inspection

    def _reached(self, request: AddressedRequest, payload: Payload) -> tuple[Payload, _Reach]:
        """Return a request and the targets that could serve it, and how; raises as ``inspect``."""
        self._check_names(request.incoming, payload)
        ranked, split = routing.ranked(self.catalog, request.exchange, payload, self.draws)
        targets = [self.catalog.targets[candidate.target] for candidate in ranked]
        plan = _planned(request, payload, targets)
        # Whether files travel as files or as text is known only once they have been read.
        dialects = plan.possible if payload.documents else plan.available
        offers.check(payload, targets, request.exchange.dialect, dialects)
        return offers.unread(payload, targets, plan.available), _Reach(ranked, targets, plan, split)

    async def _detected(self, request: AddressedRequest, payload: Payload, deadline: Deadline) -> Detection:
        """Return the findings in every text; a batch is searched in portions, each like a request of its own."""
        texts = await run_in_thread_if_large(request.size, lambda: leaves(payload.spans, payload.tool_names))
        detections: list[Detection] = []
        now, limit = asyncio.get_running_loop().time, min(self.outside.inspection_s, deadline.seconds)
        end = deadline.end - _AFTERWARDS * limit
        if end <= now():
            raise deadline.late()
        with stage(DETECT, texts=len(texts)):
            for portion in _portions(texts) if payload.parts else [texts]:
                within = min(max(end - now(), 0.0), limit)
                detections.append(
                    await self.outside.detector.detect(portion, request.exchange.principal.tenant, within)
                )
        detection = detections[0] if len(detections) == 1 else joined(detections)
        if len(detection.segments) != len(texts):
            raise DetectionError
        return detection

    def _inspected(self, payload: Payload, detection: Detection, pseudonyms: Mapping[str, str]) -> Inspection:
        segments = field_roles.with_roles(payload.spans, detection.segments)
        segments = known_pseudonyms.spared(payload.spans, segments, pseudonyms)
        if segments is not detection.segments:
            detection = replace(detection, segments=segments)
        inspection = inspect(payload, detection, self.catalog.entity_categories)
        if not pseudonyms:
            return inspection
        # A person stands behind each of our pseudonyms: the text is as personal as the one that was masked.
        return replace(inspection, known=pseudonyms, categories=tuple(sorted({*inspection.categories, _PERSONAL})))

    async def _known_pseudonyms(
        self, request: AddressedRequest, payload: Payload, digests: Sequence[bytes]
    ) -> Mapping[str, str]:
        """Return the pseudonyms of this domain that occur in the caller's own text, with their originals."""
        tenant = request.exchange.principal.tenant
        named = await run_in_thread_if_large(request.size, lambda: self.shapeless.named(payload.spans, digests, tenant))
        if named:
            # an unknown pseudonym is read like any other text
            with stage(VAULT), contextlib.suppress(VaultUnavailableError):
                return await self.outside.vault.find(request.domain, named)
        return {}

    async def _with_makers(self, request: AddressedRequest, payload: Payload) -> Payload:
        """Add which target sealed each sealed part; a seal that is not in the vault has no maker."""
        if not payload.seals:
            return payload
        named = await run_in_thread_if_large(request.size, lambda: seals.names(payload))
        makers: Mapping[str, str] = {}
        with stage(VAULT), contextlib.suppress(VaultUnavailableError):
            makers = await self.outside.vault.makers(seals.domain(request.exchange.principal.tenant), named)
        return await run_in_thread_if_large(request.size, lambda: seals.attributed(payload, makers))

    async def _with_kept(self, request: AddressedRequest, payload: Payload) -> Payload:
        """Add what the vault has under the handle that a request names.

        Raises:
            UnknownHandleError: nothing in the domain of this request.
            MalformedRequestError: the file is for another purpose.
            VaultUnavailableError: the vault cannot be reached.

        """
        if payload.kept is None:
            return payload
        handle = payload.kept.handle
        with stage(VAULT):
            stored = await self.outside.vault.find(request.domain, [handle])
        if handle not in stored:
            raise UnknownHandleError
        opened = replace(kept.opened(handle, stored[handle]), use=payload.kept.use)
        payload = replace(payload, kept=opened, model=payload.model or opened.model)
        if opened.batched is None:
            return payload
        if payload.batched is not None and payload.batched.url != opened.batched.url:
            raise MalformedRequestError("'endpoint' differs from the one that the lines of the file are for")
        batched = opened.batched if payload.batched is not None else None
        return replace(payload, batched=batched)

    async def _with_files(self, payload: Payload) -> Payload:
        """Add the text of files; files that cannot be read stay opaque."""
        if not payload.documents or self.outside.documents is None:
            return payload
        with stage(FILES, files=len(payload.documents)):
            return documents.with_texts(payload, await self.outside.documents.read(payload.documents))

    def _check_names(self, incoming: Incoming, payload: Payload) -> None:
        """Refuse identifiers in values that reach targets unchanged: the model's name, headers and parameters."""
        if self._identifies(payload.model):
            raise MalformedRequestError("'model' must be the name of a model")
        read: set[str] = set()
        if incoming.outside_body:
            headers = (*payload.incoming.mirrored, *payload.incoming.references)
            read = {*(span.pointer for span in payload.spans), *(f"@header/{name}" for name in headers)}
        for address, text in envelope.values(incoming):
            if address not in read and self._identifies(text):
                raise MalformedRequestError(f"'{address.rpartition('/')[2]}' contains what identifies a person")

    def _identifies(self, text: str) -> bool:
        kinds = self.catalog.entity_kinds
        return any(kinds.get(finding.entity_type) in _IDENTIFYING for finding in self.outside.detector.scan(text))
