"""``POST /v1/moderations``: texts and pictures are judged; the reply holds scores and no text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from proxy.codecs.api import TableApi
from proxy.codecs.openai.dialect import at
from proxy.codecs.openai.tables import CHAT, REPLY_WORDS, table
from proxy.codecs.reply import ReplyTable
from proxy.core.records import Operation
from proxy.errors import MalformedRequestError

_PARTS = replace(CHAT.parts, places=("input[*]",), recordings=(), pictures=(), linked=())
#: OpenAI's default model.
_MODEL = "omni-moderation-latest"


def _check(document: Mapping[str, Any]) -> None:
    value = document.get("input")
    parts = value if isinstance(value, list) else [value]
    if not parts or not all(isinstance(part, str) or (isinstance(part, dict) and part) for part in parts):
        raise MalformedRequestError("'input' must be a string, or a list of strings or content parts")


MODERATIONS = TableApi(
    "openai_moderations", Operation.MODERATION, replace(table(Operation.MODERATION), parts=_PARTS, unnamed=_MODEL),
    ReplyTable(structural=REPLY_WORDS, needs={"results": list}), check=_check, **at("/moderations", dated=False),
)  # fmt: skip
