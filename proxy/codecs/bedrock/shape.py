"""Converse and ConverseStream. Events of a stream are named by the framing.

A channel is a content block's index and what grows in it.

Usage follows the end of the message, in an event of its own, which is awaited; a body without it is complete all the
same.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Mapping
from typing import Any

from proxy.codecs import checks, places
from proxy.codecs.anthropic import BETAS
from proxy.codecs.api import Address, OptionHeader, TableApi
from proxy.codecs.base import Endpoint
from proxy.codecs.bedrock import converse
from proxy.codecs.bedrock.dialect import DIALECT, GUARDRAIL, OWN
from proxy.codecs.calls import Blocks
from proxy.codecs.framing.aws_event_stream import AwsEventStream
from proxy.codecs.reply import expect
from proxy.codecs.stream import NO_MEANING, Meaning, Shape, TextPiece, every_channel
from proxy.core.records import Operation
from proxy.errors import MalformedRequestError

_DELTA = "contentBlockDelta"
_TEXT, _INPUT, _RESULT = "text", "toolUse", "toolResult"
_PADDING = "p"  # hides the length of what an event says
#: Members of an event that carry no content.
_SILENT = frozenset({"contentBlockIndex", "delta", _PADDING})
#: Members of a delta that hold pieces of what is sealed or signed.
_SEALED = frozenset({"reasoningContent", "image"})
EVENTS = frozenset(f"messageStart contentBlockStart {_DELTA} contentBlockStop messageStop metadata".split())


class ConverseShape(Shape):
    """Implements ``Shape``."""

    table = converse.EVENT

    def __init__(self) -> None:
        self._blocks = Blocks()

    def read(self, name: str, event: dict[str, Any]) -> Meaning:
        if name not in EVENTS:
            raise ValueError("not an event of a streamed message")
        if name == _DELTA:
            return _delta(event, self._blocks)
        if name == "contentBlockStart":
            tool = places.node_at(event, "start.toolUse.name")
            self._blocks.start(_index(event), tool if isinstance(tool, str) else None)
        if name == "contentBlockStop":
            index = _index(event)
            self._blocks.stop(index)
            return Meaning(closes=[(index, kind) for kind in (_TEXT, _INPUT, _RESULT, "sealed")])
        if name == "messageStop":
            return Meaning(closes=every_channel, whole=True)
        return Meaning(ends=True) if name == "metadata" else NO_MEANING

    def tail(self, channel: Hashable, text: str) -> tuple[str, dict[str, Any]]:
        index, kind = channel if isinstance(channel, tuple) else (0, _TEXT)
        delta: dict[str, Any] = {_TEXT: text}
        if kind != _TEXT:
            delta = {kind: {"input": text} if kind == _INPUT else [delta]}
        return _DELTA, {"contentBlockIndex": index, "delta": delta}


def _delta(event: Mapping[str, Any], blocks: Blocks) -> Meaning:
    delta, index = expect(event.get("delta"), dict, "not a delta of a streamed message"), _index(event)
    blocks.start(index)
    padding = converse.EVENT.is_structural(_PADDING, event.get(_PADDING))
    alone = event.keys() <= _SILENT and padding and len(delta) == 1
    pieces = []
    if _TEXT in delta:
        pieces.append(TextPiece((index, _TEXT), delta, _TEXT))
    call, tool = delta.get(_INPUT), (blocks.tool(index) or "") if _INPUT in delta else None
    if isinstance(call, dict) and "input" in call:
        pieces.append(TextPiece((index, _INPUT), call, "input", blocks.received(index, document=True)))
        alone = alone and len(call) == 1
    results = delta.get(_RESULT)
    texts = (
        [result for result in results if isinstance(result, dict) and _TEXT in result]
        if isinstance(results, list)
        else []
    )
    pieces += [TextPiece((index, _RESULT), result, _TEXT) for result in texts]
    alone = alone and (not texts or results == [{_TEXT: texts[0][_TEXT]}])
    seals = (index, "sealed") if _SEALED & delta.keys() else None
    return Meaning(tuple(pieces), droppable=bool(pieces) and alone, tool=tool, seals=seals)


def _index(event: Mapping[str, Any]) -> int:
    return expect(event.get("contentBlockIndex"), int, "an event of a block without its index")


_BETA = re.compile(r"[a-z0-9-]{1,64}")


def betas(document: Mapping[str, Any]) -> Iterable[str]:
    """Return the betas of Claude requested by a body that are not known to only tune.

    Raises:
        MalformedRequestError: they are not a list of such names.

    """
    value = document.get("anthropic_beta")
    names = [] if value is None else value
    if not isinstance(names, list) or not all(isinstance(name, str) and _BETA.fullmatch(name) for name in names):
        raise MalformedRequestError("'anthropic_beta' must be a list of names of betas")
    return [f"anthropic_beta.{name}" for name in BETAS.unknown(names)]


def _additional(document: Mapping[str, Any]) -> Iterable[str]:
    fields = document.get("additionalModelRequestFields")
    return betas(fields) if isinstance(fields, dict) else ()


def with_statement(document: dict[str, Any], statement: str) -> dict[str, Any]:
    system = document.get("system")
    return {**document, "system": [{"text": statement}, *(system if isinstance(system, list) else ())]}


#: A guardrail named by the caller reads the text too, wherever it is located: a feature.
OPTIONS = {GUARDRAIL: OptionHeader(frozenset(), lambda name: "guardrail" if name else "")}


def at(verb: str, *, stream: bool = False) -> Endpoint:
    """Return the endpoint of an operation on a model, whose ARN may contain slashes."""
    return Endpoint("POST", f"/model/{{model:path}}/{verb}", stream=stream)


CONVERSE = TableApi(
    "bedrock_converse", Operation.CHAT, converse.CONVERSE, converse.REPLY, dialect=DIALECT,
    endpoints=(at("converse"), at("converse-stream", stream=True)), address=Address("/model/{model}/converse"),
    streamed_at=Address("/model/{model}/converse-stream"), framing=AwsEventStream(), shape=ConverseShape,
    check=checks.messages, add_statement=with_statement, options=OPTIONS, more_features=_additional,
    dialect_values=OWN | {"@path/model"},
)  # fmt: skip
