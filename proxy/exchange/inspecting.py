"""What one request holds: body decoded, files read, texts searched, our own pseudonyms and seals recognised.

``_InspectionRun.steps`` has the order. It computes, in a thread where the request is large, and yields what is asked of
the parts outside, which is awaited on the loop.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from proxy.codecs import envelope, translation
from proxy.core import documents, field_roles
from proxy.core.decision import seals
from proxy.core.decision.inspection import inspect, joined
from proxy.core.deidentification import known_pseudonyms
from proxy.core.extent import TOO_MUCH_AT_ONCE
from proxy.core.findings import Detection
from proxy.core.leaves import TextLeaf, leaves
from proxy.core.records import Inspection, Payload
from proxy.core.routing import offers, routing
from proxy.core.routing.routing import sender_of
from proxy.core.state import kept
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


def _size(incoming: Incoming, payload: Payload) -> int:
    """Return how much work a request is once it is decoded, in characters, for ``run_in_thread_if_large``."""
    size = (len(incoming.body) + sum([len(span.text) for span in payload.spans])) // 4
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


#: What the parts outside are asked, and has to be awaited before the next step.
_Question = Callable[[], Awaitable[None]]


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
        run = _InspectionRun(self, request, deadline)
        steps = run.steps()
        while (question := await run_in_thread_if_large(run.request.size, partial(next, steps, None))) is not None:
            await question()
        return run.request, run.inspection


@dataclass(slots=True)
class _InspectionRun:
    """One request while it is inspected."""

    inspector: Inspector
    request: AddressedRequest
    deadline: Deadline
    payload: Payload = field(init=False)
    detection: Detection = field(init=False)
    inspection: Inspection = field(init=False)
    _texts: Sequence[TextLeaf] = ()
    _names: Sequence[str] = ()  # in the vault: of what is sealed, then of what has the shape of our pseudonyms
    _makers: Mapping[str, str] = field(default_factory=dict)  # name of a sealed text -> target that sealed it
    _pseudonyms: Mapping[str, str] = field(default_factory=dict)  # our pseudonyms in the request -> originals

    def steps(self) -> Iterator[_Question]:
        """Inspect the request, in order."""
        request, tenant = self.request, self.request.exchange.principal.tenant
        self.payload = request.api.decode(request.incoming)
        if request.most_text and sum(len(span.text) for span in self.payload.spans) > request.most_text:
            raise TooMuchTextError(TOO_MUCH_AT_ONCE)
        if self.payload.kept is not None:
            yield self._open_kept
        self._check_names()
        targets = self._find_targets()
        if request.spending is not None and targets:
            yield self._reserve
        if self.payload.seals:
            self._names = seals.names(self.payload)
            yield self._find_makers
            self.payload = seals.attributed(self.payload, self._makers)
        if self.payload.documents:
            yield self._read_files
            self.request = replace(self.request, plan=translation.plan(request.api, self.payload, targets))
        size, sender = _size(self.request.incoming, self.payload), sender_of(request.exchange, self.payload)
        self.request = replace(self.request, size=size, sender=sender)
        self._texts = leaves(self.payload.spans, self.payload.tool_names)
        yield self._detect
        self._names = self.inspector.shapeless.named(self.payload.spans, self.detection.names, tenant)
        if self._names:
            yield self._find_known
        self.inspection = self._inspected()

    def _check_names(self) -> None:
        """Refuse identifiers in values that reach targets unchanged: the model's name, headers and parameters."""
        payload, incoming = self.payload, self.request.incoming
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
        kinds = self.inspector.catalog.entity_kinds
        return any(kinds.get(each.entity_type) in _IDENTIFYING for each in self.inspector.outside.detector.scan(text))

    def _find_targets(self) -> Sequence[Target]:
        """Find out which targets could serve the request, and how; return them."""
        request, payload, catalog = self.request, self.payload, self.inspector.catalog
        ranked, split = routing.ranked(catalog, request.exchange, payload, self.inspector.draws)
        targets = [catalog.targets[candidate.target] for candidate in ranked]
        plan = translation.plan(request.api, payload, targets)
        # Whether files travel as files or as text is known only once they have been read.
        dialects = plan.possible if payload.documents else plan.available
        offers.check(payload, targets, request.exchange.dialect, dialects)
        self.payload = offers.unread(payload, targets, plan.available)
        exchange = request.exchange if split is None else replace(request.exchange, split=split)
        self.request = replace(request, exchange=exchange, ranked=ranked, plan=plan)
        return targets

    def _inspected(self) -> Inspection:
        payload, detection, pseudonyms = self.payload, self.detection, self._pseudonyms
        segments = field_roles.with_roles(payload.spans, detection.segments)
        segments = known_pseudonyms.spared(payload.spans, segments, pseudonyms)
        if segments is not detection.segments:
            detection = replace(detection, segments=segments)
        inspection = inspect(payload, detection, self.inspector.catalog.entity_categories)
        if pseudonyms:
            # A person stands behind each of our pseudonyms: the text is as personal as the one that was masked.
            categories = tuple(sorted({*inspection.categories, _PERSONAL}))
            inspection = replace(inspection, pseudonyms=pseudonyms, categories=categories)
        return kept.with_kept(inspection)

    async def _open_kept(self) -> None:
        """Add what the vault has under the handle that the request names.

        Raises:
            UnknownHandleError: nothing in the domain of this request.
            MalformedRequestError: the file is for another purpose.
            VaultUnavailableError: the vault cannot be reached.

        """
        reference, payload = self.payload.kept, self.payload
        if reference is None:
            return
        handle = reference.handle
        with stage(VAULT):
            stored = await self.inspector.outside.vault.find(self.request.domain, [handle])
        if handle not in stored:
            raise UnknownHandleError
        opened = replace(kept.opened(handle, stored[handle]), use=reference.use)
        batched = payload.batched
        if batched is not None and opened.batched is not None:
            if batched.url != opened.batched.url:
                raise MalformedRequestError("'endpoint' differs from the one that the lines of the file are for")
            batched = opened.batched
        self.payload = replace(payload, kept=opened, model=payload.model or opened.model, batched=batched)

    async def _reserve(self) -> None:
        """Take what the request may use of its limits."""
        spending = self.request.spending
        if spending is not None:
            try:
                await spending.reserve(self.payload)
            finally:
                self.request.client.also = self.request.dialect.limits(spending.standings)

    async def _read_files(self) -> None:
        """Add the text of files; files that cannot be read stay opaque."""
        reader, files = self.inspector.outside.documents, self.payload.documents
        if reader is not None:
            with stage(FILES, files=len(files)):
                self.payload = documents.with_texts(self.payload, await reader.read(files))

    async def _detect(self) -> None:
        """Search every text; those of a batch in portions, each like a request of its own."""
        outside, texts, tenant = self.inspector.outside, self._texts, self.request.exchange.principal.tenant
        detections: list[Detection] = []
        now, limit = asyncio.get_running_loop().time, min(outside.inspection_s, self.deadline.seconds)
        end = self.deadline.end - _AFTERWARDS * limit
        if end <= now():
            raise self.deadline.late()
        with stage(DETECT, texts=len(texts)):
            for portion in _portions(texts) if self.payload.parts else [texts]:
                within = min(max(end - now(), 0.0), limit)
                detections.append(await outside.detector.detect(portion, tenant, within))
        self.detection = detections[0] if len(detections) == 1 else joined(detections)
        if len(self.detection.segments) != len(texts):
            raise DetectionError

    async def _find_known(self) -> None:
        """Find the pseudonyms of this domain in the request; an unknown one is read like any other text."""
        with stage(VAULT), contextlib.suppress(VaultUnavailableError):
            self._pseudonyms = await self.inspector.outside.vault.find(self.request.domain, self._names)

    async def _find_makers(self) -> None:
        """Find which target sealed each sealed text; what is not in the vault has no maker."""
        tenant = self.request.exchange.principal.tenant
        with stage(VAULT), contextlib.suppress(VaultUnavailableError):
            self._makers = await self.inspector.outside.vault.makers(seals.domain(tenant), self._names)
