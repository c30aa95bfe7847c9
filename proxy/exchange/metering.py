"""What one call to a target used: its reply's own numbers, else an estimate; and the replies that nobody gets."""

from __future__ import annotations

from contextlib import suppress

from proxy.codecs.base import Api
from proxy.codecs.usage import Meter
from proxy.codecs.whole_reply import WholeReply
from proxy.core import statuses, usage
from proxy.core.records import Exchange, Operation, Payload
from proxy.core.routing.routing import own_name
from proxy.core.targets.attempts import StreamLimits
from proxy.core.targets.registered import Target
from proxy.core.usage import PriceList
from proxy.errors import UpstreamError
from proxy.exchange.streaming import Limited
from proxy.ports import TargetReply
from proxy.runtime.offload import run_in_thread_if_large

NO_REPLY = Meter({})
#: What is counted in tokens, as a size shows where a reply does not say.
_IN_TOKENS = frozenset({Operation.CHAT, Operation.COMPLETION, Operation.EMBEDDING})


def used(meter: Meter, payload: Payload, status: int, sizes: tuple[int, int, int], *, complete: bool) -> usage.Used:
    """Return what a call used and who counted; nothing where the target did not take it.

    ``sizes`` are bytes sent, bytes received and, of a stream, events. A stream that was cut has used what came of it,
    whatever it last said.
    """
    counts = meter.counts
    if status != statuses.OK:
        return counts, usage.REPORTED if counts else ""
    if counts and complete:
        return counts, usage.REPORTED
    if payload.operation not in _IN_TOKENS or "output" not in meter.table.counts:
        return counts, usage.REPORTED if counts else usage.UNKNOWN
    sent, received, events = sizes
    if payload.opaque:  # bytes that are not text
        sent = sum([len(span.text) for span in payload.spans])
    received = 0 if payload.operation is Operation.EMBEDDING else received
    return usage.estimated(counts, sent, received, events), usage.ESTIMATED


def priced(used: usage.Used, prices: PriceList, target: Target, payload: Payload, exchange: Exchange) -> usage.Used:
    """Return what a call used with what it cost, where the target's model has a price on the day of the request."""
    counts, source = used
    model = own_name(target, payload.model) or payload.model
    cost = prices.cost(target.id, model, counts, exchange.received_at) if counts else None
    return used if cost is None else ({**counts, usage.COST: cost}, source)


async def drained(reply: TargetReply, limits: StreamLimits, api: Api, meter: Meter) -> tuple[int, WholeReply | None]:
    """Read a reply that nobody gets to its end, and what it used; return how many bytes it had, and a whole reply.

    Raises:
        UpstreamError: it is cut, or exceeds its limits.

    """
    reader = api.stream(None, reply.content_type, None, meter) if reply.content_type in api.streams else None
    whole, received, opened = list[bytes](), 0, None
    async for piece in Limited(reply.chunks(), limits):
        received += len(piece)
        if reader is None:
            whole.append(piece)
            continue
        with suppress(ValueError, UpstreamError):
            reader.feed(piece)
    if reader is None:
        with suppress(ValueError):
            opened = await run_in_thread_if_large(received, lambda: api.opened(b"".join(whole)))
            opened.count(meter)
    return received, opened


async def refusal(reply: TargetReply) -> bytes:
    """Read the body of a refusal; nothing where it fails to arrive: the request is refused all the same."""
    try:
        return await reply.read()
    except UpstreamError:
        return b""
