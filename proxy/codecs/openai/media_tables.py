"""Tables of OpenAI's APIs for pictures and sound.

Sources: OpenAI's OpenAPI description (2026-08) and the types of its Python SDK (2.54).
"""

from __future__ import annotations

import re

from proxy.codecs.members import Members, any_of
from proxy.codecs.reply import ReplyTable
from proxy.codecs.request import RequestTable
from proxy.codecs.usage import UsageTable

_QUALITY = frozenset(
    "auto low medium high standard hd transparent opaque vivid natural url b64_json png jpeg webp".split()
)
_SIZES = frozenset("auto 1024x1024 1536x1024 1024x1536 256x256 512x512 1792x1024 1024x1792".split())
_VOICES = frozenset("alloy ash ballad coral echo fable nova onyx sage shimmer verse marin cedar".split())
_SOUNDS = frozenset("mp3 opus aac flac wav pcm json text srt verbose_json vtt diarized_json sse audio auto".split())
_NUMBERS = "n temperature speed output_compression partial_images"
_IMAGE = "prompt model n quality response_format output_format output_compression size moderation background style user"
_EDIT = f"{_IMAGE} input_fidelity partial_images"
_HEARD = """
    model language languages languages[] prompt keywords keywords[] response_format temperature timestamp_granularities
    timestamp_granularities[] include include[] stream chunking_strategy known_speaker_names known_speaker_names[]
    known_speaker_references known_speaker_references[] @files
"""
_WORDS = (
    dict.fromkeys(
        "quality response_format output_format background style moderation input_fidelity".split(), _QUALITY | _SOUNDS
    )
    | dict.fromkeys(["include", "include[]"], frozenset({"logprobs"}))
    | dict.fromkeys(["timestamp_granularities", "timestamp_granularities[]"], frozenset({"word", "segment"}))
    | {"size": _SIZES, "voice": _VOICES, "stream_format": _SOUNDS, "chunking_strategy": frozenset({"auto"})}
    | {"stream": frozenset({"true", "false", "True", "False", "1", "0"}), "type": frozenset({"server_vad"})}
)
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z]{2,4})?")
_NUMBER = re.compile(r"\d{1,3}(?:\.\d{1,3})?")
_CHOSEN = dict.fromkeys(["language", "languages", "languages[]"], _LANGUAGE) | dict.fromkeys(_NUMBERS.split(), _NUMBER)


def _table(member: str, unnamed: str = "", **below: Members) -> RequestTable:
    return RequestTable(
        members=Members(any_of(member) | below),
        keys=frozenset(member.split()) | below.keys() | frozenset("file image image[] mask type threshold".split()),
        words=_WORDS,
        identifiers=_CHOSEN,
        parameters=frozenset(_NUMBERS.split()),
        unnamed=unnamed,
    )


#: OpenAI's default model (its description of the API).
_PAINTER = "dall-e-2"
GENERATIONS = _table(_IMAGE, _PAINTER)
EDITS = _table(f"{_EDIT} stream @files", _PAINTER)
VARIATIONS = _table("model n response_format size user @files", _PAINTER)
#: A voice of the caller's own is kept by the target.
SPEECH = _table("model input instructions response_format speed stream_format", voice=Members({}))
HEARD = _table(_HEARD)
TRANSLATED = _table("model prompt response_format temperature @files")

_USAGE = UsageTable.of(
    input="usage.input_tokens", output="usage.output_tokens", images="#data[*]", seconds="usage.seconds | duration"
)
PICTURES = ReplyTable(
    structural=frozenset({"output_format", "size", "quality", "background"}),
    needs={"data": list},
    unread=("data[*].b64_json",),
    usage=_USAGE,
)
TRANSCRIPT = ReplyTable(
    structural=frozenset({"type", "task", "language", "id"}),
    needs={"text": str, "type": str},
    spelled=("logprobs", "segments[*].tokens"),
    usage=_USAGE,
)
