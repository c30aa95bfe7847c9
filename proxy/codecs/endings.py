"""Whether a reply of a target is an answer that may be given again: whole, ended by the model, without calls. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from proxy.codecs import loose
from proxy.codecs.base import Api
from proxy.codecs.conversation import END, SEQUENCE, AssistantReply, ConversationCodec, Event, Stop, ToolCall
from proxy.codecs.reply_events import whole
from proxy.codecs.usage import Meter
from proxy.core.wire import JSON

#: Of a whole reply without a reason for its end nobody knows whether it is complete.
_UNENDED = re.compile(rb'"(?:finish_reason|stop_reason|finishReason|done_reason)"\s*:\s*null')
_BY_ITSELF = frozenset({END, SEQUENCE})


def is_answer(api: Api, media: str, pieces: Sequence[bytes], *, streamed: bool, vectors: bool) -> bool:
    """Whether a reply of this media type is complete by its own words, calls nothing and refuses nothing.

    ``streamed``: a stream was asked for. ``vectors``: it answers a request for embeddings, which a whole reply always
    does. Of an API without a ``ConversationCodec`` nobody can tell.
    """
    body = b"".join(pieces)
    if vectors:
        return media == JSON
    codec = api.conversation
    if codec is None:
        return False
    try:
        return _streamed(codec, api, media, body) if streamed and media in api.streams else _whole(codec, api, body)
    except (ValueError, TypeError, LookupError, AttributeError):
        return False


def _whole(codec: ConversationCodec, api: Api, body: bytes) -> bool:
    if _UNENDED.search(body):
        return False
    read, meter = api.opened(body), Meter({})
    read.count(meter)
    return not meter.refused and _ends_well(codec.to_reply(read.document))


def _streamed(codec: ConversationCodec, api: Api, media: str, body: bytes) -> bool:
    meter = Meter({})
    api.stream(None, media, None, meter)  # sets its table
    parser = next(framing for framing in codec.framings if media in framing.media).parser()
    reader, frames = codec.to_events(), [*parser.feed(body), *parser.finish()]
    events = list[Event]()
    for frame in frames:
        if frame.data is not None and not frame.ends:
            document = loose.loads(frame.data)
            meter.event(frame.data, document)
            events += reader.read(frame.name, document)
    stops = [event.why for event in events if isinstance(event, Stop)]
    return not meter.refused and bool(stops) and _BY_ITSELF.issuperset(stops) and _ends_well(whole(events))


def _ends_well(reply: AssistantReply) -> bool:
    calls = any(isinstance(part, ToolCall) for part in reply.parts)
    return bool(reply.parts) and not calls and reply.stop.why in _BY_ITSELF
