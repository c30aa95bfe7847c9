"""``POST /v1/audio/transcriptions`` and ``/v1/audio/translations``: forms with a recording, which is opaque.

The transcript is read like any reply, whole (JSON, text, subtitles) and streamed. Words with timestamps are texts of
their own: a value spread over several of them is seen in the text alone.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from proxy.codecs.form_api import MEDIA, PLAIN, FormApi
from proxy.codecs.framing.sse import Sse
from proxy.codecs.openai import media_tables as tables
from proxy.codecs.openai.dialect import at
from proxy.codecs.reply import expect
from proxy.codecs.stream import NO_MEANING, Meaning, Shape, TextPiece, every_channel
from proxy.core.records import Operation

_FILES = {"file": "audio"}
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
    files=_FILES, plain=True, **at("/audio/transcriptions", media=MEDIA, replies=PLAIN),
)  # fmt: skip
TRANSLATIONS = FormApi(
    "openai_translations", Operation.AUDIO, tables.TRANSLATED, tables.TRANSCRIPT, files=_FILES, plain=True,
    **at("/audio/translations", media=MEDIA, replies=PLAIN),
)  # fmt: skip
