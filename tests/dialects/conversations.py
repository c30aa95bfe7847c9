"""Conversations and replies that a test makes up, in the records of ``proxy.codecs.conversation``."""

from __future__ import annotations

import base64
from dataclasses import replace

from hypothesis import strategies as st

from proxy.codecs import conversation as talk
from proxy.codecs.calls import parse_arguments, render_arguments
from proxy.codecs.endpoints import DIALECTS
from proxy.codecs.openai import tables

#: The APIs that can be translated, by name.
APIS = {api.name: api for _, apis in DIALECTS for api in apis if api.conversation is not None}
#: What is the dialect's own in their requests.
TABLES = {name: getattr(api, "request", tables.CHAT) for name, api in APIS.items()}

WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=12)
NAMES = st.from_regex(r"[a-z]{1,8}", fullmatch=True)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | WORDS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(WORDS, inner, max_size=2),
    max_leaves=4,
)
OBJECTS = st.dictionaries(WORDS, _VALUES, max_size=3)
SCHEMAS = st.builds(
    lambda named, about: {
        "type": "object",
        "properties": {name: {"type": "string", "description": about} for name in sorted(named)},
        "required": sorted(named),
    },
    st.sets(NAMES, min_size=1, max_size=3),
    WORDS,
)
TEXTS = st.builds(talk.Text, WORDS)
_BEGIN = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff", "application/pdf": b"%PDF-1"}
_BLOBS = st.builds(
    lambda media, more: talk.Blob(media, base64.b64encode(_BEGIN[media] + more).decode()),
    st.sampled_from(sorted(_BEGIN)),
    st.binary(max_size=8),
)
_PARTS = st.lists(TEXTS | _BLOBS | st.just(talk.Link("https://pictures.example/a.png")), min_size=1, max_size=2)
_ASKED = _PARTS.map(lambda parts: talk.Turn("user", tuple(parts)))
_SAID = st.builds(lambda text: talk.Turn("assistant", (text,)), TEXTS)
_FIRST = st.lists(st.builds(lambda text: talk.Turn("system", (text,)), TEXTS), max_size=1)
_CALLS = st.lists(st.tuples(NAMES, OBJECTS, WORDS), min_size=1, max_size=3)


def _called(before, calls, failed):
    """Return a question, the calls that it leads to, and what these came to."""
    made = [talk.ToolCall("", name, given) for name, given, _ in calls]
    results = [talk.ToolResult("", (talk.Text(result),), failed) for _, _, result in calls]
    return [
        talk.Turn("user", (talk.Text("go"),)),
        talk.Turn("assistant", (*before, *made)),
        talk.Turn("tool", tuple(results)),
    ]


_ROUNDS = st.builds(lambda asked, said: [asked, said], _ASKED, _SAID) | st.builds(
    _called, st.lists(TEXTS, max_size=1), _CALLS, st.booleans()
)


def _numbered(turns):
    """Return turns whose calls and results name each other."""
    made, number = [], 0
    for turn in turns:
        parts = []
        for at, part in enumerate(turn.parts):
            if isinstance(part, talk.ToolCall):
                parts.append(replace(part, id=f"call_x{number}"))
                number += 1
            elif isinstance(part, talk.ToolResult):
                parts.append(replace(part, id=f"call_x{number - len(turn.parts) + at}"))
            else:
                parts.append(part)
        made.append(replace(turn, parts=tuple(parts)))
    return tuple(made)


def _turns(first, rounds, last):
    return _numbered([*first, *(turn for one in rounds for turn in one), last])


_NUMBERS = st.none() | st.sampled_from([0.25, 1.0])
_LIMITS = st.builds(
    talk.GenerationOptions,
    tokens=st.none() | st.integers(1, 9999),
    temperature=_NUMBERS,
    top_p=_NUMBERS,
    top_k=st.none() | st.integers(1, 99),
    seed=st.none() | st.integers(1, 99),
    presence=_NUMBERS,
    frequency=_NUMBERS,
    stop=st.lists(WORDS, max_size=2).map(tuple),
)
_CHOICES = st.builds(talk.ToolChoice, st.sampled_from(["auto", "none", "any"]), parallel=st.booleans()) | st.builds(
    talk.ToolChoice, st.just("one"), NAMES, parallel=st.booleans()
)
_STRICT = st.none() | st.booleans()
_TOOLS = st.lists(st.builds(talk.Tool, NAMES, WORDS | st.just(""), SCHEMAS, _STRICT), max_size=2)
_FORMATS = st.none() | st.just(talk.Format()) | st.builds(talk.Format, SCHEMAS, NAMES, WORDS | st.just(""), _STRICT)
CONVERSATIONS = st.builds(
    talk.Conversation,
    st.builds(_turns, _FIRST, st.lists(_ROUNDS, max_size=3), _ASKED),
    _TOOLS.map(tuple),
    st.just(talk.ToolChoice()) | _CHOICES,
    st.just(talk.GenerationOptions()) | _LIMITS,
    _FORMATS,
)
_STOPS = st.sampled_from([talk.Stop(why) for why in (talk.END, talk.LENGTH, talk.FILTERED)])
_REPLY_CALLS = st.lists(st.tuples(NAMES, OBJECTS), max_size=3).map(
    lambda calls: [talk.ToolCall(f"call_{at}", name, given) for at, (name, given) in enumerate(calls, 1)]
)
_COUNTS = st.integers(1, 999)
REPLIES = st.builds(
    lambda thoughts, texts, calls, stop, usage: talk.AssistantReply(
        (*thoughts, *texts, *calls),
        talk.Stop(talk.CALLS) if calls and stop.why == talk.END else stop,
        usage,
        "id-1",
        "model-1",
    ),
    st.lists(st.builds(talk.Thinking, WORDS), max_size=1),
    st.lists(TEXTS, max_size=1),
    _REPLY_CALLS,
    _STOPS,
    st.builds(talk.Usage, _COUNTS, _COUNTS),
)


def _flat(turn):
    """Return a turn as one text before its pictures."""
    texts = [part.text for part in turn.parts if isinstance(part, talk.Text)]
    rest = [part for part in turn.parts if not isinstance(part, talk.Text)]
    return replace(turn, parts=(*([talk.Text("\n\n".join(texts))] if texts else []), *rest))


def said_in(name, conversation):
    """Return a conversation as a dialect can say it: without that for which it has no word, with what it has to say."""
    speech = APIS[name].conversation
    turns, tools, form, limits = conversation.turns, conversation.tools, conversation.format, conversation.limits
    if name == "ollama_chat":
        turns = tuple(_flat(turn) for turn in turns)
    if name == "openai_responses":
        tools = tuple(replace(tool, strict=tool.strict is True) for tool in tools)
    if name.startswith("openai_") and form is not None and form.schema is not None:
        form = replace(form, name=form.name or "answer")
    if name == "anthropic_messages" and limits.tokens is None:
        limits = replace(limits, tokens=4096)
    if "Format.name" in speech.omitted and form is not None:
        form = talk.Format(form.schema)
    if "Tool.strict" in speech.omitted:
        tools = tuple(replace(tool, strict=None) for tool in tools)
    if "ToolResult.failed" in speech.omitted:
        turns = tuple(
            replace(turn, parts=tuple(replace(part, failed=False) for part in turn.parts))
            if turn.role == talk.TOOL
            else turn
            for turn in turns
        )
    return replace(conversation, turns=turns, tools=tools, format=form, limits=limits)


def events_of(reply, cut):
    """Return a reply as the events of a stream; ``cut`` divides a text into its pieces."""
    yield talk.Start(reply.id, reply.model)
    for number, part in enumerate(reply.parts, 1):
        if isinstance(part, talk.ToolCall):
            channel, text = talk.Channel("call", number, part.id, part.name), render_arguments(part.arguments)
        else:
            kind = "thinking" if isinstance(part, talk.Thinking) else "text"
            channel, text = talk.Channel(kind, number), part.text
        for piece in cut(text):
            yield talk.Delta(channel, piece)
        yield talk.Close(channel)
    yield reply.stop
    yield reply.usage


def heard(events):
    """Return the reply that events say."""
    texts, order, start, stop, usage = {}, [], talk.Start(), talk.Stop(), talk.Usage()
    for event in events:
        if isinstance(event, talk.Delta):
            if event.channel not in texts:
                order.append(event.channel)
            texts[event.channel] = texts.get(event.channel, "") + event.text
        elif isinstance(event, talk.Start):
            start = event
        elif isinstance(event, talk.Stop):
            stop = event
        elif isinstance(event, talk.Usage):
            usage = event.after(usage)
    kinds = {"text": talk.Text, "thinking": talk.Thinking}
    parts = tuple(
        kinds[one.kind](texts[one])
        if one.kind in kinds
        else talk.ToolCall(one.id, one.name, parse_arguments(texts[one]))
        for one in order
    )
    return talk.AssistantReply(parts, stop, usage, start.id, start.model)
