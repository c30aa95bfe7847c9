"""From a caller's API to the one its target speaks, and back, through a conversation in neither. Pure.

The outgoing request is made from the one the caller's codec wrote, already transformed: spans, findings and changes
live in one place. A reply is first written in the caller's dialect and then filtered, by the caller's own tables.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from proxy.codecs import loose, numbers
from proxy.codecs.base import Api, StreamRewriter
from proxy.codecs.call_ids import FreshCallIds
from proxy.codecs.conversation import (
    TEXT,
    AssistantReply,
    Channel,
    Close,
    Conversation,
    ConversationCodec,
    Delta,
    Start,
    Stop,
    Text,
    ToolCall,
    Usage,
)
from proxy.codecs.endpoints import DIALECTS
from proxy.codecs.framing import CountedFrames, Frame, Framing
from proxy.codecs.translatable import UntranslatableError
from proxy.codecs.usage import Meter
from proxy.core import documents
from proxy.core.records import CHANGED, Payload, Unchanged
from proxy.core.routing import offers
from proxy.core.targets.capabilities import Translations, Untranslatable, shown
from proxy.core.targets.registered import Target
from proxy.core.wire import Incoming, Wire
from proxy.errors import UnsupportedDialectError

#: Raised by codecs for values of other types than documented.
_ODD = (TypeError, LookupError, AttributeError, ValueError)
#: Where dialects put turns, their parts, and in these what a model has sealed.
_TURNS, _PARTS, _SIGNATURES = ("messages", "input", "contents"), ("content", "parts"), ("thoughtSignature",)
_SEALED = frozenset({"thinking", "redacted_thinking", "reasoning"})
_NOTHING_USED = Usage(0, 0)
_STRANGE = Untranslatable("*", "differs from its API's documentation")


@dataclass(frozen=True, slots=True, eq=False)
class Translation:
    """The translation of one request and its reply between two APIs with a ``conversation``."""

    caller: Api
    target: Api
    caller_codec: ConversationCodec
    target_codec: ConversationCodec
    asked: Payload

    @classmethod
    def between(cls, caller: Api, target: Api, request: Payload) -> Translation | None:
        """Return the translation, None if either API has none."""
        if caller.conversation is None or target.conversation is None:
            return None
        return cls(caller, target, caller.conversation, target.conversation, request)

    @property
    def name(self) -> str:
        """The name of the target's API."""
        return self.target.name

    @property
    def streams(self) -> frozenset[str]:
        """The media types of the target's streamed replies."""
        return self.target.streams

    @property
    def media(self) -> str:
        """The media type in which the caller expects a stream."""
        return self.caller_codec.media(self.asked.incoming)

    def obstacle(self, target: Target) -> Untranslatable | None:
        """Return what of the request cannot be translated for a target, None if all can."""
        payload = self.asked
        if payload.kept is not None:
            return Untranslatable("previous_response_id", "continues something kept by another target")
        names = offers.dropped(payload, target.accepts, translated=True)
        if left := [name for name in payload.features if name not in names]:
            return Untranslatable(", ".join(map(shown, left)), "is a feature that no other API has")
        try:
            files = documents.sent(payload, {}, target)
            less = replace(payload, dropped=names)
            changed = files or names
            document = numbers.loads(self.caller.encode(less, files, "m").body) if changed else payload.document
            self._translated(document, names)
        except UntranslatableError as error:
            return error.detail
        except _ODD:
            return _STRANGE
        return None

    def encode(self, payload: Payload, texts: Mapping[int, str], model: str) -> Wire:
        """Write the request with new text for some spans, as the target reads it.

        Raises:
            UnsupportedDialectError: something of it cannot be translated.

        """
        document = numbers.loads(self.caller.encode(payload, texts, model).body)
        try:
            translated = self._translated(document, payload.dropped)
        except _ODD as error:
            raise UnsupportedDialectError from error
        query = self.target_codec.query if payload.stream else {}
        incoming = Incoming(b"", stream=payload.stream, query=query, headers=self.target_codec.headers)
        outgoing = Payload(
            translated, payload.operation, model, payload.stream, False, payload.tools, (), incoming=incoming
        )
        return self.target.encode(outgoing, {}, model)

    def _translated(self, document: Mapping[str, Any], dropped: Collection[str]) -> dict[str, Any]:
        document = _unsealed(document) if offers.THINKING in dropped else document
        conversation = self.caller_codec.to_conversation(document)
        return self._written(replace(conversation, stream=self.asked.stream))

    def _written(self, conversation: Conversation) -> dict[str, Any]:
        try:
            return self.target_codec.from_conversation(conversation)
        except UntranslatableError as error:
            path = self.caller_codec.paths.get(error.detail.path, error.detail.path)
            raise UntranslatableError(path, error.detail.why) from error

    def outgoing_texts(self, wire: Wire, unchanged: Unchanged = CHANGED) -> list[str]:
        """Return every text, key and number of the outgoing request, as the target's codec reads it."""
        return self.target.outgoing_texts(wire, unchanged)

    def with_statement(self, wire: Wire, statement: str) -> Wire | None:
        """Return the outgoing request with a statement to its recipient."""
        return self.target.with_statement(wire, statement)

    def reply(self, body: bytes, meter: Meter | None = None) -> bytes:
        """Return a whole reply in the caller's dialect; ``meter`` takes what it used.

        Raises:
            ValueError: it is not a reply of the target's API, or cannot be translated.

        """
        target = self.target.opened(body)
        if meter is not None:
            target.count(meter)
        with _strict():
            reply = self.target_codec.to_reply(target.document)
            for part in reply.parts:
                _text(part.name if isinstance(part, ToolCall) else part.text)
            request = self.asked.document
            document = self.caller_codec.from_reply(FreshCallIds(request).whole(reply), request)
            return loose.dumps(document, halves=loose.halved(body))

    def stream(self, media: str, rewriter: StreamRewriter, meter: Meter | None = None) -> StreamRewriter:
        """Return a rewriter that translates a stream of this media type and feeds the caller's rewriter."""
        return _Stream(self, media, rewriter, meter)


def _unsealed(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a request without the thinking that a model has sealed in it, of whatever turn."""
    turns = {name: list(_open(document[name])) for name in _TURNS if isinstance(document.get(name), list)}
    return {**document, **turns}


def _open(elements: Iterable[Any]) -> Iterator[Any]:
    for element in elements:
        if not isinstance(element, dict):
            yield element
        elif element.get("type") not in _SEALED and element.get("thought") is not True:
            inner = {name: list(_open(element[name])) for name in _PARTS if isinstance(element.get(name), list)}
            if all(inner.values()):  # a turn that held nothing else is none
                yield {name: value for name, value in element.items() if name not in _SIGNATURES} | inner


class _Stream:
    """Implements ``StreamRewriter``: the target's bytes in, the caller's out."""

    def __init__(self, way: Translation, media: str, rewriter: StreamRewriter, meter: Meter | None) -> None:
        self.complete = False
        self._checked = way.target.stream(None, media, meter=meter)  # detects errors and the end of the target's stream
        self.frames = CountedFrames(_framing(way.target_codec, media).parser())
        self._reader = way.target_codec.to_events()
        self._ids = FreshCallIds(way.asked.document)
        self._has_stop = self._halves = False
        self._writer = way.caller_codec.from_events(way.asked.document)
        self._encode = _framing(way.caller_codec, way.media).encoder()
        self._begins, self._ends = way.caller_codec.marks.get(way.media, (b"", b""))
        self._rewriter = rewriter

    def feed(self, chunk: bytes) -> bytes:
        events = self._translated(self.frames.feed(self._checked.feed(chunk)))
        self.complete = self._checked.complete
        return self._rewriter.feed(events) if events else b""

    def finish(self) -> bytes:
        """Return what was held back, and the caller's own ending.

        Raises:
            ValueError, UpstreamError: it does not end here, or never gave a reason for ending, or as ``feed``.

        """
        rest = self.frames.feed(self._checked.finish()) + self.frames.finish()
        events = self._translated(rest)
        if not self._has_stop:
            raise ValueError("the stream gives no reason for its end")
        with _strict():
            last = [self._opening(), *(self._event(*event) for event in self._writer.end())]
        last.append(self._encode(Frame(None, self._ends, ends=True), None) if self._ends else b"")
        self.complete = True
        return self._rewriter.feed(events + b"".join(last)) + self._rewriter.finish()

    def _translated(self, frames: list[Frame]) -> bytes:
        events: list[bytes] = []
        with _strict():
            for frame in frames:
                if frame.data is not None and not frame.ends:
                    self._halves = self._halves or loose.halved(frame.data)
                    for event in self._reader.read(frame.name, loose.loads(frame.data)):
                        self._has_stop |= isinstance(event, Stop)
                        if isinstance(event, Delta):
                            _text(event.text)
                        events += [self._event(*written) for written in self._writer.write(self._ids.event(event))]
        return b"".join(events)

    def _opening(self) -> bytes:
        """Return the beginning of the caller's stream, once."""
        begins, self._begins = self._begins, b""
        return self._encode(Frame(None, begins), None) if begins else b""

    def _event(self, name: str, event: dict[str, Any]) -> bytes:
        return self._opening() + self._encode(Frame(name=name), loose.dumps(event, halves=self._halves))


@contextmanager
def _strict() -> Iterator[None]:
    """Treat a missing member, or one of another type, as a violation of the dialect."""
    try:
        yield
    except (TypeError, LookupError, AttributeError) as error:
        raise ValueError("not a reply of this API") from error


def _text(value: Any) -> None:
    """Refuse anything but a string.

    Raises:
        TypeError: it is something else.

    """
    if not isinstance(value, str):
        raise TypeError("not a string")


def _framing(speech: ConversationCodec, media: str) -> Framing:
    return next((framing for framing in speech.framings if media in framing.media), speech.framings[0])


def spoken(api: Api, payload: Payload, text: str, identity: str) -> tuple[bytes, str]:
    """Return a text as the assistant's whole reply to a request, and the media type if it is a stream, else "".

    Raises:
        ValueError: the API has no conversation.

    """
    codec = api.conversation
    if codec is None:
        raise ValueError("not the API of a conversation")
    if not payload.stream:
        reply = AssistantReply((Text(text),), usage=_NOTHING_USED, id=identity, model=payload.model)
        return numbers.dumps(codec.from_reply(reply, payload.document)), ""
    media, channel = codec.media(payload.incoming), Channel(TEXT, 0)
    writer, encode = codec.from_events(payload.document), _framing(codec, media).encoder()
    events = (Start(identity, payload.model), Delta(channel, text), Close(channel), _NOTHING_USED, Stop())
    written = [*(each for event in events for each in writer.write(event)), *writer.end()]
    begins, ends = codec.marks.get(media, (b"", b""))
    frames = [encode(Frame(None, begins), None) if begins else b""]
    frames += [encode(Frame(name=name), numbers.dumps(event)) for name, event in written]
    frames.append(encode(Frame(None, ends, ends=True), None) if ends else b"")
    return b"".join(frames), media


_SPEAKING = {api.name: api.conversation.rank for _, apis in DIALECTS for api in apis if api.conversation is not None}
#: The dialects into which requests are translated, in the order in which those of a target are tried.
ORDER = tuple(sorted(_SPEAKING, key=lambda name: (_SPEAKING[name], name)))
_APIS = {api.name: api for _, apis in DIALECTS for api in apis}


@dataclass(frozen=True, slots=True)
class TranslationPlan:
    """The translations of one request, by target, and why the others cannot be made."""

    translations: Mapping[str, Translation] = field(default_factory=dict)
    untranslatable: Mapping[str, Untranslatable] = field(default_factory=dict)
    available: Translations = field(init=False, compare=False, repr=False)  # what routing has to know of them

    def __post_init__(self) -> None:
        object.__setattr__(self, "available", Translations(self.translations.keys(), self.untranslatable))

    @property
    def possible(self) -> Translations:
        """The same before files are read, whose text may turn out translatable."""
        return Translations(self.translations.keys() | self.untranslatable.keys())


UNTRANSLATED = TranslationPlan()


def plan(api: Api, payload: Payload, targets: Iterable[Target]) -> TranslationPlan:
    """Return how a request can reach the targets that speak another API and accept translated requests.

    Each is reached in the first of its dialects that can express all of it.
    """
    others = [target for target in targets if target.accepts.translated and api.name not in target.accepts.dialects]
    if not others:
        return UNTRANSLATED
    translations: dict[str, Translation] = {}
    untranslatable: dict[str, Untranslatable] = {}
    for target in others:
        candidates = (
            Translation.between(api, _APIS[name], payload) for name in ORDER if name in target.accepts.dialects
        )
        for way in filter(None, candidates):
            lost = way.obstacle(target)
            if lost is None:
                translations[target.id] = way
                break
            untranslatable.setdefault(target.id, lost)
    return TranslationPlan(
        translations, {name: lost for name, lost in untranslatable.items() if name not in translations}
    )
