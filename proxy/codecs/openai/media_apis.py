"""OpenAI's APIs of pictures and sound: prompts and texts are read, pictures and recordings are opaque both ways.

Policy is asked about a reply that has an unread part; it comes whole. A transcript is read like any reply, whole (JSON,
text, subtitles) and streamed. Words with timestamps are texts of their own: a value spread over several of them is seen
in the text alone.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from proxy.codecs import checks
from proxy.codecs.api import TableApi
from proxy.codecs.form_api import MEDIA, PLAIN, FormApi
from proxy.codecs.framing.sse import Sse
from proxy.codecs.openai import media_tables as tables
from proxy.codecs.openai.dialect import at
from proxy.codecs.reply import ReplyTable, expect
from proxy.codecs.stream import NO_MEANING, Meaning, Shape, TextPiece, every_channel
from proxy.core.records import OpaquePart, Operation
from proxy.errors import MalformedRequestError

_UNREAD = (OpaquePart("data", "image"),)
_CHECK = checks.text("prompt")
_FILES = {"image": "image", "image[]": "image", "mask": "image"}


GENERATIONS = TableApi(
    "openai_images", Operation.IMAGE, tables.GENERATIONS, tables.PICTURES, check=_CHECK, unread=_UNREAD,
    **at("/images/generations"),
)  # fmt: skip
EDITS = FormApi(
    "openai_image_edits", Operation.IMAGE, tables.EDITS, tables.PICTURES, check=_CHECK, unread=_UNREAD, files=_FILES,
    **at("/images/edits", media=MEDIA),
)  # fmt: skip
VARIATIONS = FormApi(
    "openai_image_variations", Operation.IMAGE, tables.VARIATIONS, tables.PICTURES, unread=_UNREAD, files=_FILES,
    **at("/images/variations", media=MEDIA),
)  # fmt: skip


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


_SOUND_FILES = {"file": "audio"}
_DELTA, _DONE = "transcript.text.delta", "transcript.text.done"


class TranscriptShape(Shape):
    """Implements ``Shape``: one text, or one for each segment named by its pieces."""

    table = tables.TRANSCRIPT

    def read(self, _name: str, event: dict[str, Any]) -> Meaning:
        kind = event.get("type")
        if kind == "error" or event.get("error"):
            return Meaning(fails=True)
        expect(kind, str, "not an event of a transcript")
        if kind == _DELTA and "delta" in event:
            segment = event.get("segment_id")
            is_listed = isinstance(segment, str) and tables.TRANSCRIPT.is_structural("id", segment)
            return Meaning((TextPiece(segment if is_listed else None, event, "delta"),), droppable=True)
        return Meaning(closes=every_channel, ends=True) if kind == _DONE else NO_MEANING

    def tail(self, channel: Hashable, text: str) -> tuple[str, dict[str, Any]]:
        segment = {} if channel is None else {"segment_id": channel}
        return "", {"type": _DELTA, "delta": text, **segment}


TRANSCRIPTIONS = FormApi(
    "openai_transcriptions", Operation.AUDIO, tables.HEARD, tables.TRANSCRIPT, framing=Sse(), shape=TranscriptShape,
    files=_SOUND_FILES, plain=True, **at("/audio/transcriptions", media=MEDIA, replies=PLAIN),
)  # fmt: skip
TRANSLATIONS = FormApi(
    "openai_translations", Operation.AUDIO, tables.TRANSLATED, tables.TRANSCRIPT, files=_SOUND_FILES, plain=True,
    **at("/audio/translations", media=MEDIA, replies=PLAIN),
)  # fmt: skip
