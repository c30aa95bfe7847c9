"""The second half of the path: one call to one target, and its reply to the caller, whole or streamed.

A fault is raised: until the first byte has reached the caller, another permitted target can be tried; after that the
stream is visibly cut.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import NamedTuple

from proxy.codecs.base import FilterFactory, Sealed, StreamRewriter
from proxy.codecs.translation import Translation
from proxy.codecs.usage import Meter
from proxy.codecs.whole_reply import WholeReply
from proxy.core import obligations, response_headers, statuses
from proxy.core.decision import contents
from proxy.core.decision.refusals import withheld
from proxy.core.decision.seals import SealedNames
from proxy.core.deidentification import known_pseudonyms
from proxy.core.findings import Finding
from proxy.core.records import KEPT, Decision, EntitySummary, Facts, Inspection, Outbound
from proxy.core.replies.addresses import Origins
from proxy.core.replies.guard import Types
from proxy.core.replies.own_values import OwnValues
from proxy.core.replies.placement import Permissions
from proxy.core.replies.position import ReplyText
from proxy.core.replies.reply import ExpectedValues, ReplyFilters
from proxy.core.replies.turns import continued, texts_by_writer
from proxy.core.statuses import Attempt, Outcome
from proxy.core.targets.registered import Catalog
from proxy.core.wire import EVENTS, JSON
from proxy.errors import (
    ProxyError,
    UpstreamError,
    UpstreamMalformedError,
)
from proxy.exchange import metering, mirroring
from proxy.exchange.caching import CacheStep
from proxy.exchange.deadline import REPLY, Deadline
from proxy.exchange.judging import ReplyJudge
from proxy.exchange.keeping import KeptIds, handles
from proxy.exchange.outside import Ports
from proxy.exchange.request import AddressedRequest, ClientGoneError
from proxy.exchange.storing import Recall, Storing
from proxy.exchange.streaming import Limited, Rewriting, TextCollector, replayed, trailing
from proxy.ports import AuditEntry, TargetReply
from proxy.runtime import trace
from proxy.runtime.offload import HERE, patterned, run_in_thread_if_large, weight
from proxy.runtime.process import give_back_after

Scan = Callable[[str], tuple[Finding, ...]]
#: What a character of the request costs, in characters, when it is indexed.
_COMPARED = 4
#: How an exchange ended whose caller has the whole reply.
_DELIVERED = "delivered"


class _Written(NamedTuple):
    """A whole reply as the caller gets it."""

    body: bytes
    filters: ReplyFilters
    entities: Sequence[EntitySummary]


@dataclass(slots=True)
class Delivery:
    """One attempt: send, judge the reply, deliver it, record how it ended."""

    outside: Ports
    catalog: Catalog
    storing: Storing
    types: Types
    request: AddressedRequest
    inspection: Inspection
    entry: AuditEntry
    outbound: Outbound
    facts: Facts
    number: int
    cache: CacheStep | None = None  # what the cache does for the request
    received: int = 0
    status: int = 0
    request_id: str = ""
    region: str = ""
    _back: dict[str, str] = field(default_factory=dict)  # what is restored: stand-in -> original
    _recall: Recall | None = None  # finds values of earlier exchanges, for a target that remembers them
    _scan: Scan = field(init=False)
    _keep_seals: Callable[[Sequence[str]], Awaitable[None]] = field(init=False)  # before the caller has it all
    _translation: Translation | None = field(init=False)  # for a target that does not speak the caller's dialect
    _request_values: OwnValues = field(init=False)  # values of the request itself
    _permissions: Permissions = field(init=False)
    _judge: ReplyJudge = field(init=False)
    _kept_ids: KeptIds | None = None  # the identifiers of what the target keeps
    _seconds: float = field(init=False)  # for a whole reply, and for a piece of a stream
    _target_headers: Mapping[str, str] = field(default_factory=dict)  # passed on, with our handles for its ids
    _meter: Meter = metering.NO_REPLY  # what the reply says that it used
    _events: int = 0  # of a stream, so far
    _unnamed: bool = False  # the target keeps, or may keep, what nobody has a name for yet

    def __post_init__(self) -> None:
        """Collect what is restored."""
        outbound, payload = self.outbound, self.inspection.payload
        self.request = self.request.answered_by(outbound.target.id)
        exchange = self.request.exchange
        self._judge = ReplyJudge(self.outside, exchange, outbound, self.facts, self.types, payload.unread)
        self._seconds, self._unnamed = self.outside.seconds(self.request.incoming), outbound.effect == KEPT
        self._back = {**outbound.natural, **outbound.pseudonyms, **outbound.placeholders}
        places, of_removed, origins = obligations.restoration(outbound.verdict)
        self._request_values = OwnValues([span.text for span in payload.spans])
        tools = payload.tool_names.union(payload.kept.tools if payload.kept is not None else ())
        permitted = Origins(texts_by_writer(payload), origins)
        removed, alike = frozenset(outbound.placeholders), outbound.natural
        self._permissions = Permissions(permitted, tools, removed, continued(payload), places, of_removed, alike)
        vault, domain = self.storing.vault, self.request.domain
        key = partial(self.storing.kept_key, domain)
        self._kept_ids = handles(vault, domain, self.request.api.name, self.inspection, outbound, key)
        self._translation = self.request.plan.translations.get(outbound.target.id)
        roles, tenant = exchange.principal.roles, exchange.principal.tenant
        self._scan = partial(self.outside.detector.scan, tenant=tenant)
        self._keep_seals = partial(self.storing.keep_seals, tenant, outbound.target.id)
        if known_pseudonyms.RECALL in roles and self.request.api.dialect.remembers:
            self._recall = Recall(partial(vault.find, domain), self._back)

    async def run(self) -> None:
        """Call the target, or take the kept reply in its place, and deliver that.

        Raises:
            UpstreamError: the target failed.
            ProxyError: a part of ours failed after the target had the request.
            ClientGoneError: the caller left.

        """
        started, cache = self.outside.clock.monotonic(), self.cache
        ended, hit = "abandoned", None if cache is None else cache.hit
        try:
            reply = hit or await self.outside.upstreams.send(self.outbound, self.request.sender)
            reply = reply if cache is None else cache.recorded(reply, self.outside.clock.monotonic())
            self.status, self.request_id = reply.status, reply.request_id
            trace.answered(reply.status, ours=True)
            self._target_headers = self.request.passed_on(reply.headers)
            self._meter = Meter(reply.headers)
            try:
                ended = await self._deliver(reply)
            finally:
                self.region = reply.region
                await reply.close()
        except ClientGoneError:
            ended = "client_gone"
            raise
        except ProxyError as fault:
            ended = fault.ended if isinstance(fault, UpstreamError) else "undelivered"
            if fault.untried:
                self._unnamed = False
            elif hit is None:
                fault.sent_to, fault.final = self.outbound.target.id, fault.final or bool(self.outbound.effect)
            raise
        finally:
            self._account(ended, self.outside.clock.monotonic() - started, called=hit is None)

    def _account(self, ended: str, seconds: float, *, called: bool) -> None:
        """Record how the attempt ended and what it used; where a kept reply stood in for it, what that saved."""
        ids, payload, sent = self._kept_ids, self.inspection.payload, len(self.outbound.wire.body)
        sizes = (sent, self.received, self._events)
        used = metering.used(self._meter, payload, self.status, sizes, complete=ended == "complete")
        if (prices := self.catalog.prices) is not None:
            used = metering.priced(used, prices, self.outbound.target, payload, self.request.exchange)
        give_back_after(self.received + sent)
        if not called:
            self.entry.saved(used)
            return
        attempt = Attempt(
            number=self.number,
            target=self.outbound.target.id,
            status=self.status,
            ended=ended,
            bytes_out=sent,
            bytes_in=self.received,
            duration_ms=round(seconds * 1000),
            upstream_request_id=self.request_id,
            region=self.region,
            kept=ids.minted if ids is not None else "",
            left="" if (ids and ids.minted) or not self._unnamed else (ids and ids.nameless) or statuses.UNKNOWN,
            usage=used,
            refused=self._meter.refused,
        )
        self.entry.attempted(attempt)
        if (side := self.request.exchange.split) is not None:
            mirroring.count_call(side, attempt, seconds)
        if not trace.off:
            trace.used(used[0])
        if self.request.spending is not None:
            self.request.spending.used(attempt)

    async def _deliver(self, reply: TargetReply) -> str:
        if self.request.exchange.mirror_of:
            return await self._discard(reply)
        if reply.status != statuses.OK and reply.status in self.request.api.dialect.reply_statuses:
            return await self._answer(reply)
        if reply.status in statuses.CALLERS_FAULT:
            await self._refused(reply.status, await metering.refusal(reply))
        elif reply.status != statuses.OK:
            raise statuses.fault(self.outbound.target.id, reply.status, self.request.sender.inputs, reply.retry_after_s)
        elif self.outbound.stream and reply.content_type in (self._translation or self.request.api).streams:
            return await self._stream(reply)
        elif reply.content_type == EVENTS:
            raise UpstreamMalformedError  # fragments of texts, which cannot be read as a whole
        else:
            await self._deliver_whole(reply)
        return "complete"

    async def _discard(self, reply: TargetReply) -> str:
        """Read the reply to a copy to its end, and what of it would be compared with the caller's."""
        api = self._translation.target if self._translation is not None else self.request.api
        self.received, whole = await metering.drained(reply, self.outbound.target.stream, api, self._meter)
        kinds: Sequence[EntitySummary] = ()
        if whole is not None and self.outbound.guarded:
            expected, size = (
                ExpectedValues(self._request_values, self._back),
                patterned(texts := [each.text for each in whole.texts]),
            )
            find = partial(contents.read, texts, self._scan, expected, self.catalog.entity_kinds)
            filters = ReplyFilters(self._back, frozenset(), self._scan, expected, permissions=self._permissions)
            kinds = (await run_in_thread_if_large(size, lambda: find(filters.placed(whole.texts)))).entities
        self.entry.settle(Outcome(reply.status, statuses.DROPPED, response_entities=tuple(kinds)))
        return "complete"

    async def _answer(self, reply: TargetReply) -> str:
        """Deliver a reply that the API answers with another status than 200; anything unreadable is a failure."""
        try:
            await self._deliver_whole(reply)
        except UpstreamMalformedError as error:
            if reply.status not in statuses.CALLERS_FAULT:
                raise statuses.fault(self.outbound.target.id, reply.status, self.request.sender.inputs) from error
            await self._refused(reply.status)
        return "complete"

    async def _refused(self, status: int, reply: bytes = b"") -> None:
        """Report that the target refused the request, without its text: an error may echo the prompt."""
        self._unnamed = False
        code, message = statuses.refusal(self.outbound.target.id, status, reply)
        self.entry.settle(Outcome(status=status, ended=_DELIVERED, code=code))
        await self._error(status, code, message)

    async def _error(self, status: int, code: str, message: str) -> None:
        dialect = self.request.dialect
        body = dialect.error(status, code, message, self.request.exchange.id)
        retry = {**dialect.headers(status, code), **response_headers.of_code(status, code)}
        await self.request.client.answer(status, body, {**self._headers("block"), **retry})

    async def _deliver_whole(self, reply: TargetReply) -> None:
        body = await reply.read() if reply.status not in statuses.WITHOUT_BODY else b""
        self.received = len(body)
        async with Deadline(self._seconds, REPLY):
            written = await self._written(body)
        if isinstance(written, Decision):
            return await self._withhold(written)
        self._settle(written.filters, reply.status, _DELIVERED, kinds=written.entities)
        media = reply.content_type if reply.content_type in self.request.incoming.replies else JSON
        headers = {
            **self._headers(response_headers.action(self.outbound), written.filters),
            **self.request.api.dialect.heads(written.body),
        }
        await self.request.client.answer(reply.status, written.body, headers, media)
        return None

    async def _written(self, body: bytes) -> _Written | Decision:
        """Return a whole reply as the caller gets it, or the denial."""
        size = weight(body)
        try:
            reply = await run_in_thread_if_large(size, partial(self._read, body))
        except ValueError as error:
            raise UpstreamMalformedError from error
        if self._kept_ids is not None:
            await self._kept_ids.learn(reply.document)
        texts = [each.text for each in reply.texts]
        if self._recall is not None:
            await self._recall.search(texts)
        expected = ExpectedValues(self._request_values, self._back)
        rules = await self._judge.own_rules() if texts else frozenset()
        is_read = self.outbound.guarded or bool(rules)
        named = await self._judge.named(texts, rules, expected)
        filters = ReplyFilters(self._back, frozenset(), self._scan, expected, permissions=self._permissions)
        if is_read or filters.needed():
            size += _COMPARED * self.request.size + patterned(texts)
        read = partial(contents.read, texts if is_read else [], self._scan, expected, self.catalog.entity_kinds)
        content = await run_in_thread_if_large(size, lambda: read(filters.placed(reply.texts)).with_named(named))
        decision = await self._judge.judge(content)
        if not decision.permit:
            return decision
        types = self._judge.redactions(decision)
        removed = {value: kind for value, kind in named.items() if kind in types}
        filters = filters.removing(types, removed, content.searched, self.types.by_pattern)
        body, sealed = await run_in_thread_if_large(size, partial(_rewritten, reply, filters))
        await self._keep_seals(sealed.take())
        if self._kept_ids is not None:
            body = await self._kept_ids.whole(body)
        return _Written(body, filters, content.entities)

    def _read(self, body: bytes) -> WholeReply:
        """Return a whole reply in the caller's dialect."""
        if self._translation is not None:
            return self.request.api.opened(self._translation.reply(body, self._meter))
        reply = self.request.api.opened(body)
        reply.count(self._meter)
        return reply

    async def _stream(self, reply: TargetReply) -> str:
        types, decision = await self._judge.stream_types()
        if not decision.permit:
            await self._withhold(decision)
            return "complete"
        media = reply.content_type if self._translation is None else self._translation.media
        expected = ExpectedValues(self._request_values, self._back)
        every = ReplyFilters(self._back, frozenset(), self._scan, expected, permissions=self._permissions)
        filters = every.removing(types, {}, {}, self.types.by_pattern)
        try:
            if self._judge.waits or types - self.types.by_pattern:
                pieces, placed_texts = await self._collected(reply)
                texts = [each.text for each in placed_texts]
                if self._judge.waits:
                    places = partial(filters.placed, placed_texts)
                    placed = await run_in_thread_if_large(patterned(texts), places)
                    decision = await self._judge.judge(placed)
                    if not decision.permit:
                        await self._withhold(decision)
                        return "complete"
                async with Deadline(self._seconds, REPLY):
                    named = await self._judge.named(texts, types, expected)
                filters = filters.removing(types, named, {}, self.types.by_pattern)
                await self._forward(replayed(pieces), filters, reply.content_type, media)
            else:
                await self._forward(reply.chunks(), filters, reply.content_type, media)
        except (ProxyError, ValueError) as error:
            fault = error if isinstance(error, ProxyError) else UpstreamMalformedError()
            if self.request.client.head is not None:
                self._settle(filters, statuses.OK, "cut", fault.code)
            raise fault from error
        await self._begin(media)  # a stream may be empty
        await self.request.client.end()
        self._settle(filters, statuses.OK, _DELIVERED)
        return "complete"

    def _limited(self, chunks: AsyncIterator[bytes], rewriter: StreamRewriter) -> Limited:
        endless = self.request.incoming.endless
        return Limited(chunks, self.outbound.target.stream, rewriter.frames, endless=endless)

    async def _collected(self, reply: TargetReply) -> tuple[Sequence[bytes], Sequence[ReplyText]]:
        """Return the pieces of a whole stream, and its texts."""
        collector, pieces = TextCollector(), []
        rewriting = Rewriting(self._rewriter(collector, reply.content_type), self._seconds)
        async for piece in self._limited(reply.chunks(), rewriting.rewriter):
            pieces.append(piece)
            await rewriting.feed(piece)
            if rewriting.rewriter.complete:
                break
        return pieces, collector.texts

    async def _forward(self, chunks: AsyncIterator[bytes], filters: ReplyFilters, received: str, media: str) -> None:
        """Deliver the stream, rewritten from media type ``received`` to ``media``, and what trails its end."""
        sealed = SealedNames()
        make = filters.make if filters.needed() or self.request.api.dialect.rewritten else None
        rewriting = Rewriting(
            self._rewriter(make, received, sealed),
            self._seconds,
            at_once=filters.removal is None and _COMPARED * self.request.size <= HERE,
        )
        limited = self._limited(chunks, rewriting.rewriter)
        pieces = aiter(limited)

        async def feed(piece: bytes) -> None:
            """Deliver what a piece completes."""
            self.received += len(piece)
            if self._recall is not None:
                await self._recall.piece(piece)
            ready = await rewriting.feed(piece)
            self._events = limited.events
            limited.check()
            if rewriting.rewriter.complete:
                await self._keep_seals(sealed.take())
            await self._pass_on(ready, media)

        async for piece in pieces:
            await feed(piece)
            if rewriting.rewriter.complete:
                break
        for piece in await trailing(pieces):
            await feed(piece)
        last = await rewriting.finish()
        await self._keep_seals(sealed.take())
        await self._pass_on(last, media)

    def _rewriter(self, make: FilterFactory | None, media: str, sealed: Sealed | None = None) -> StreamRewriter:
        """Return what turns the target's stream of this media type into the caller's."""
        translation, api = self._translation, self.request.api
        if translation is None:
            return api.stream(make, media, sealed, self._meter)
        return translation.stream(media, api.stream(make, translation.media, sealed), self._meter)

    async def _pass_on(self, chunk: bytes, media: str) -> None:
        if not chunk:
            return
        if self._kept_ids is not None:
            chunk = await self._kept_ids.piece(chunk)
        await self._begin(media)
        await self.request.client.write(chunk)

    async def _begin(self, media: str) -> None:
        if self.request.client.head is None:
            await self.request.client.begin(media, self._headers(response_headers.action(self.outbound)))

    async def _withhold(self, decision: Decision) -> None:
        denial = withheld(decision, self.outbound.target.id, self.request.exchange.id)
        self._settle(None, status := self.request.dialect.refusal_status(denial.status), "denied", denial.code)
        await self._error(status, denial.code, denial.message)

    def _settle(
        self,
        filters: ReplyFilters | None,
        status: int,
        ended: str,
        code: str = "",
        kinds: Sequence[EntitySummary] = (),
    ) -> None:
        """Record how the reply ended; ``filters`` are those it went through, None where it was withheld."""
        outcome = Outcome(status, ended, code, "block", tuple(kinds), retain_days=self._judge.retain_days)
        if filters is not None:
            restored, redacted, masked = filters.restored(), filters.redacted(), self._judge.counted(filters.masked())
            outcome = replace(outcome, response_action="", restored=restored, redacted=redacted, masked=masked)
        if ended == _DELIVERED:
            outcome = replace(outcome, response_action="redact_and_deliver" if outcome.redacted else "deliver")
            self._unnamed = False
            if self.cache is not None:
                self.cache.delivered = True
        self.entry.settle(outcome)

    def _headers(self, action: str, filters: ReplyFilters | None = None) -> dict[str, str]:
        taken, masked = (filters.redacted(), filters.masked()) if filters is not None else ((), {})
        oversight = self._judge.oversight
        headers = response_headers.headers(self.outbound, action, oversight=oversight, taken=taken, masked=masked)
        return {**headers, **self._target_headers, **(self.cache.headers if self.cache is not None else {})}


def _rewritten(reply: WholeReply, filters: ReplyFilters) -> tuple[bytes, SealedNames]:
    """Return a whole reply filtered, and what its maker sealed in it."""
    sealed = SealedNames(reply.sealed())
    return reply.rewritten(filters.make) if filters.change(reply.texts) else reply.body, sealed
