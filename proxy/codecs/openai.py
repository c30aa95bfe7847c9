"""What the OpenAI dialect's APIs share: structural keys, errors, opaque parts, the walk over a request body."""

from __future__ import annotations

import base64
import re
import string
from collections.abc import Callable, Container, Mapping, Sequence
from typing import Any

import orjson

from proxy.codecs import openai_files as files
from proxy.codecs import openai_parts as parts
from proxy.codecs import pointer
from proxy.codecs.base import Dialect, Endpoint
from proxy.codecs.members import features
from proxy.codecs.openai_members import KEEPING, KNOWN
from proxy.core.records import Document, OpaquePart, Operation, Payload, TextSpan
from proxy.errors import MalformedRequestError

#: Keys of the dialect itself. Any other object key is text the caller chose, and is scanned.
KNOWN_KEYS = frozenset(
    """
    messages role content name type text model stream stream_options include_usage temperature top_p n stop max_tokens
    max_completion_tokens presence_penalty frequency_penalty logit_bias logprobs top_logprobs seed user tools tool
    tool_choice tool_calls tool_call_id function functions function_call arguments parameters description strict id
    index response_format json_schema schema properties items required enum additionalProperties anyOf oneOf allOf
    $ref $defs definitions format minimum maximum minLength maxLength pattern default const title examples metadata
    store parallel_tool_calls reasoning_effort verbosity modalities audio voice prediction service_tier image_url url
    detail input_audio data file file_data file_id filename refusal input encoding_format dimensions
    web_search_options prompt_cache_key safety_identifier custom input_image input_file reasoning_content
    """.split()
)

_ROLES = frozenset({"system", "user", "assistant", "tool", "developer", "function"})
_WORDS = frozenset(
    """
    text function image_url input_audio file refusal custom json_object json_schema string number integer boolean
    object array null auto none required any low medium high minimal default flex priority float base64 email date
    date-time uuid uri time standard audio wav mp3 input_text input_image input_file
    """.split()
)
#: Random identifiers of calls: one run of letters and digits without a long number, so that none can carry a value.
_CALL_ID = re.compile(r"(?:call|chatcmpl|fc|msg|toolu|resp)[_-](?![A-Za-z0-9]*\d{6})[A-Za-z0-9]{1,64}")
_MODEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,127}")
#: structural key -> is this value one the dialect itself defines?
_STRUCTURAL: Mapping[str, Callable[[str], object]] = {
    "role": _ROLES.__contains__,
    "type": _WORDS.__contains__,
    "format": _WORDS.__contains__,
    "detail": _WORDS.__contains__,
    "tool_choice": _WORDS.__contains__,
    "function_call": _WORDS.__contains__,
    "encoding_format": _WORDS.__contains__,
    "reasoning_effort": _WORDS.__contains__,
    "verbosity": _WORDS.__contains__,
    "service_tier": _WORDS.__contains__,
    "id": _CALL_ID.fullmatch,
    "tool_call_id": _CALL_ID.fullmatch,
}
#: Numbers of the dialect that never identify anybody.
_PARAMETERS = frozenset({"seed", "max_tokens", "max_completion_tokens", "dimensions", "temperature", "top_p"})
_PARAMETER = re.compile(r"-?\d{1,10}(?:\.\d+)?")  # a longer number is no parameter
_NOT_RETAINED = (None, "in_memory", "in-memory")
_DATA_URL = re.compile(r"\s*data:([\w.+-]+/[\w.+-]+)?([^,]{0,200}),", re.IGNORECASE)
_PART = "messages[*].content[*]"
_BLOB_KEYS = frozenset({"data", "file_data"})
#: Media types that are told to policy as they are; of another one only its kind is, since its name is the caller's.
_MEDIA_TYPES = frozenset(
    """
    application/json application/octet-stream application/pdf application/zip audio/mp3 audio/mp4 audio/mpeg audio/ogg
    audio/wav audio/webm image/bmp image/gif image/heic image/jpeg image/jpg image/png image/svg+xml image/tiff
    image/webp text/csv text/html text/markdown text/plain video/mp4 video/mpeg video/webm
    """.split()
)
_MEDIA_KINDS = frozenset({"application", "audio", "font", "image", "model", "text", "video"})
#: Base64 of this length that holds no text is a picture, a recording or a file, whatever its key is called.
_BLOB_LEAST = 256
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]+={0,2}")
#: What hexadecimal, words and sequences of one letter lack: how many different characters of each kind.
_MIXED = ((frozenset(string.ascii_uppercase), 8), (frozenset(string.ascii_lowercase), 8), (frozenset(string.digits), 3))
_SAMPLE = 1024  # characters, a multiple of four

#: Keys of a reply whose strings are the dialect's own.
REPLY_STRUCTURAL = frozenset({"id", "object", "model", "role", "type", "finish_reason", "system_fingerprint", "index"})


#: Words and identifiers of the dialect: no white space, so no sentence.
_WORD = re.compile(r"[A-Za-z0-9._:/+@-]{0,128}")


def is_structural(key: str, value: Any) -> bool:
    """Whether a member of a reply is the dialect's own and holds no text."""
    if key not in REPLY_STRUCTURAL or isinstance(value, dict | list):
        return False
    return not isinstance(value, str) or _WORD.fullmatch(value) is not None


def parse(body: bytes) -> dict[str, Any]:
    """Return the body's JSON object.

    Raises:
        MalformedRequestError: it is none.

    """
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise MalformedRequestError("the body is not valid JSON") from error
    if not isinstance(document, dict):
        raise MalformedRequestError("the body must be a JSON object")
    return document


def decode(document: dict[str, Any], operation: Operation) -> Payload:
    """Return the payload: every leaf that is not the dialect's own vocabulary is a span or an opaque part."""
    model = document.get("model")
    if not isinstance(model, str) or not _MODEL.fullmatch(model):
        raise MalformedRequestError("'model' must be the name of a model")
    documents = _documents(document)
    asked = (*features(document, KNOWN[operation]), *parts.asked(document))
    read = {place for one in documents for place in (one.pointer, files.address(one))}
    opaque: list[OpaquePart] = _opaque_parts(document, read)
    spans: list[TextSpan] = []
    sought: list[TextSpan] = []
    for leaf in pointer.walked(document, KNOWN_KEYS):
        if _is_vocabulary(leaf) or leaf.pointer in read:
            if _is_sought(leaf):
                sought.append(
                    TextSpan(leaf.pointer, pointer.generalised(leaf.keys, KNOWN_KEYS), leaf.text, pointer.SOUGHT)
                )
            continue
        path = pointer.generalised(leaf.keys, KNOWN_KEYS)
        media = _blob(leaf)
        if media:
            opaque.append(OpaquePart(path, media, "image" if parts.is_picture(leaf.keys) else ""))
        else:
            (sought if leaf.kind == pointer.SOUGHT else spans).append(
                TextSpan(leaf.pointer, path, leaf.text, leaf.kind)
            )
    storing = _storing(document)
    keeps = any(name.rpartition(".")[2] in KEEPING for name in asked)
    return Payload(
        document=document,
        operation=operation,
        model=model,
        stream=document.get("stream") is True,
        stateful=bool(storing) or keeps,
        tools=bool(document.get("tools") or document.get("functions")),
        spans=tuple(spans),
        opaque=tuple(dict.fromkeys([*opaque, *(part for one in documents for part in one.opaque)])),
        documents=documents,
        opaque_otherwise=tuple(dict.fromkeys(opaque)),
        storing=storing,
        keeping=keeps,
        features=tuple(dict.fromkeys(asked)),
        links=parts.links(document),
        sought=tuple(sought),
    )


def _storing(document: dict[str, Any]) -> tuple[str, ...]:
    """Return the keys by which the caller asks the target to keep something beyond the reply."""
    asked = {
        "store": bool(document.get("store")),
        "prompt_cache_retention": document.get("prompt_cache_retention") not in _NOT_RETAINED,
    }
    return tuple(name for name, keeps in asked.items() if keeps)


def _is_vocabulary(leaf: pointer.Leaf) -> bool:
    if leaf.keys == ("model",):
        return True  # a name, see _MODEL; each target is addressed by its own name for it
    if leaf.kind == "key":
        return False
    last = leaf.keys[-1] if leaf.keys else ""
    name = last if isinstance(last, str) else next((key for key in reversed(leaf.keys) if isinstance(key, str)), "")
    if leaf.kind == pointer.SOUGHT:
        return len(leaf.keys) == 1  # a parameter: what it may be is narrow
    if leaf.kind == "number":
        return name in _PARAMETERS and len(leaf.keys) == 1 and _PARAMETER.fullmatch(leaf.text) is not None
    defined = _STRUCTURAL.get(name)
    return defined is not None and bool(defined(leaf.text))


def _is_sought(leaf: pointer.Leaf) -> bool:
    """Whether a word of the dialect is one that the caller chose: it may spell a value that had to go."""
    return leaf.keys == ("seed",) or _STRUCTURAL.get(str(leaf.keys[-1])) == _CALL_ID.fullmatch


def _blob(leaf: pointer.Leaf) -> str:
    """Return the media type of a leaf that holds binary content, else ""."""
    if leaf.kind != "value":
        return ""
    found = _DATA_URL.match(leaf.text)
    if found:
        media = (found.group(1) or "text/plain").lower()
        if media.startswith("text/") and "base64" not in found.group(2).lower():
            return ""
        return _told(media)
    name = leaf.keys[-1] if leaf.keys else ""
    inside_part = len(leaf.keys) > 1 and leaf.keys[-2] in {"input_audio", "file"}
    return "application/octet-stream" if (inside_part and name in _BLOB_KEYS) or _is_binary(leaf.text) else ""


def _told(media: str) -> str:
    kind = media.partition("/")[0]
    return media if media in _MEDIA_TYPES else kind if kind in _MEDIA_KINDS else "unknown"


def _is_binary(text: str) -> bool:
    """Whether the whole text is base64 of something that is no text."""
    if len(text) < _BLOB_LEAST or not _BASE64.fullmatch(text[:_SAMPLE].rstrip("\r\n")):
        return False
    if any(len(kind.intersection(text[:_SAMPLE])) < least for kind, least in _MIXED):
        return False
    sample = text[: min(_SAMPLE, len(text) - len(text) % 4)].replace("-", "+").replace("_", "/")
    try:
        base64.b64decode(sample, validate=True).decode(errors="strict")
    except UnicodeDecodeError as error:
        return error.start < len(error.object) - 3  # a letter may be cut at the sample's end
    except ValueError:
        return False
    return False


def _opaque_parts(document: dict[str, Any], read: Container[str]) -> list[OpaquePart]:
    found = [
        OpaquePart(_PART, parts.media(part), parts.media(part))
        for place, part in parts.content_parts(document)
        if not (place in read or parts.is_text(part))
    ]
    return [*found, OpaquePart(_PART, "image", "image")] if parts.has_pictures(document) else found


def _documents(document: dict[str, Any]) -> tuple[Document, ...]:
    """Return the files and pictures whose text may be read, as opaque parts until somebody has read them."""
    found: list[Document] = []
    pictures: list[Document] = []
    for place, part in parts.content_parts(document):
        held = files.held(part) if place else None
        if held is None:
            continue
        kind = parts.media(part)
        name = "image_url.url" if kind == "image" else "file.file_data"
        told = OpaquePart(f"{_PART}.{name}", _told(held.media or files.UNTOLD))
        one = Document(place, _PART, held.media, held.data, (OpaquePart(_PART, kind, kind), told))
        (pictures if kind == "image" else found).append(one)
    return (*found[: files.MOST], *pictures[: files.MOST])


def encode(payload: Payload, texts: Mapping[int, str], model: str) -> bytes:
    """Write the request with changed spans and the target's own model name."""
    document = dict(pointer.replace(payload.document, files.replaced(payload, texts)))
    document["model"] = model
    return orjson.dumps(document)


def written(body: bytes) -> list[str]:
    """Return every text, key and number of a written request that is not the dialect's own: what its reader sees."""
    return [
        leaf.text
        for leaf in pointer.walked(orjson.loads(body), KNOWN_KEYS)
        if (_is_sought(leaf) or not _is_vocabulary(leaf)) and not _blob(leaf)
    ]


def error(status: int, code: str, message: str, request_id: str) -> bytes:
    """Render the dialect's error object."""
    kinds = {
        400: "invalid_request_error",
        401: "authentication_error",
        403: "permission_error",
        429: "rate_limit_error",
    }
    kind = kinds.get(status, "invalid_request_error" if status < 500 else "api_error")  # noqa: PLR2004 - HTTP 5xx
    return orjson.dumps(
        {"error": {"message": message, "type": kind, "param": None, "code": code, "request_id": request_id}}
    )


def error_event(_media: str, code: str, message: str, request_id: str) -> bytes:
    """Render an error as a server-sent event; the stream is not ended cleanly after it."""
    return b"data: " + error(500, code, message, request_id) + b"\n\n"


def _described(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "compliance-proxy"}


def models(names: Sequence[str]) -> bytes:
    """Render the list of models."""
    return orjson.dumps({"object": "list", "data": [_described(name) for name in names]})


def model(name: str) -> bytes:
    """Render one model."""
    return orjson.dumps(_described(name))


DIALECT = Dialect(
    name="openai",
    error=error,
    error_event=error_event,
    models=models,
    model=model,
    listed=(Endpoint("GET", "/v1/models"), Endpoint("GET", "/v1/models/{id:path}")),
)
