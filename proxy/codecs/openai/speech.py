"""``POST /v1/audio/speech``: the text is read; the reply is a recording, which is not.

Policy is asked about the reply with that fact. It comes whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from proxy.codecs.api import TableApi
from proxy.codecs.openai import media_tables as tables
from proxy.codecs.openai.dialect import at
from proxy.codecs.reply import ReplyTable
from proxy.core.records import OpaquePart, Operation
from proxy.errors import MalformedRequestError

_SOUNDS = frozenset(
    """
    audio/mpeg audio/mp3 audio/ogg audio/opus audio/aac audio/flac audio/wav audio/wave audio/x-wav audio/pcm audio/l16
    application/octet-stream
    """.split()
)


def _check(document: Mapping[str, Any]) -> None:
    if not isinstance(document.get("input"), str):
        raise MalformedRequestError("'input' must be a string")
    if document.get("stream_format") not in (None, "audio"):
        raise MalformedRequestError("'stream_format' may only be 'audio'")


@dataclass(slots=True, eq=False)
class _Speech(TableApi):
    """An API whose replies are recordings."""

    def parse_reply(self, reply: bytes) -> dict[str, Any]:
        """Return nothing: a recording is not read.

        Raises:
            ValueError: it is text, not a recording.

        """
        if not reply or _is_text(reply):
            raise ValueError("not a recording")
        return {}


def _is_text(reply: bytes) -> bool:
    """Whether bytes are text: recordings have bytes other than UTF-8, or silence (zeros)."""
    try:
        return "\0" not in reply.decode()
    except UnicodeDecodeError:
        return False


SPEECH = _Speech(
    name="openai_speech",
    operation=Operation.AUDIO,
    request=tables.SPEECH,
    reply=ReplyTable(frozenset()),
    **at("/audio/speech", replies=_SOUNDS),
    check=_check,
    unread=(OpaquePart("reply", "audio"),),
)
