"""Content parts of the OpenAI dialect: what they are, what they refer to, what they ask for beside being content."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from proxy.codecs.members import features
from proxy.codecs.openai_members import PART, PART_TYPES, REFERENCES, TEXT_PART, TEXT_TYPES

_KINDS = {
    "image_url": "image",
    "input_image": "image",
    "input_audio": "audio",
    "audio_url": "audio",
    "video_url": "video",
    "file": "file",
    "input_file": "file",
}
UNKNOWN = "unknown"
_PLACE = "messages.content"
_DATA = re.compile(r"\s*data:[^,]{0,300},", re.IGNORECASE)
#: What any reader might take for an address: a scheme, two slashes where it is not base64 that begins with them, or a
#: scheme behind characters that are not seen.
_ADDRESS = re.compile(
    r"\s*(?:[a-z][a-z0-9+.-]{1,20}:|[/\\]{2}(?![A-Za-z0-9+/\s]*={0,2}\s*\Z)|[^\s:]{0,64}://\S*\s*\Z)", re.IGNORECASE
)
_PICTURES_AT = 2  # messages, its index, images
#: Members of a part that hold words of the dialect or text that is read.
_WORDS = frozenset({"type", "detail", "format", "filename", "text", "cache_control", "prompt_cache_breakpoint"})


def content_parts(document: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the content parts of all messages with their pointers, "" for one that stands in no list."""
    messages = document.get("messages")
    for number, message in enumerate(messages if isinstance(messages, list) else ()):
        if not isinstance(message, dict):
            continue
        content = message.get("content")
        if isinstance(content, list):
            for index, part in enumerate(content):
                yield f"/messages/{number}/content/{index}", part
        elif isinstance(content, dict):
            yield "", content
        if message.get("audio"):  # the recording of an earlier reply
            yield "", {"type": "input_audio"}


def is_text(part: Any) -> bool:
    """Whether a part is text: all that a target reads of it is in strings that are scanned."""
    return isinstance(part, str) or (isinstance(part, dict) and _type(part) in TEXT_TYPES)


def media(part: Any) -> str:
    """Return the kind of a part that is no text: image, audio, video, file or unknown."""
    return _KINDS.get(_type(part), UNKNOWN) if isinstance(part, dict) else UNKNOWN


def asked(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield the features that content parts ask for: members that are not known, references to what is kept."""
    for _, part in content_parts(document):
        if not isinstance(part, dict):
            continue
        if _type(part) not in PART_TYPES:
            yield from (f"{_PLACE}.{key}" for key in _references(part))
        else:
            yield from (f"{_PLACE}.{name}" for name in features(part, TEXT_PART if is_text(part) else PART))


def links(document: Mapping[str, Any]) -> tuple[str, ...]:
    """Return every address that a target would fetch for a part, whatever member it stands under."""
    found = [link for _, part in content_parts(document) if not is_text(part) for link in _links(part, "")]
    found += [link for held in (*_pictures(document), _prediction(document)) for link in _links(held, "")]
    return tuple(dict.fromkeys(found))


def has_pictures(document: Mapping[str, Any]) -> bool:
    """Whether a message refers to pictures outside its content, as model servers take them."""
    return any(True for held in _pictures(document) for _ in _links(held, ""))


def is_picture(keys: Sequence[str | int]) -> bool:
    """Whether a leaf stands where model servers take pictures beside a message's content."""
    return len(keys) > _PICTURES_AT and (keys[0], keys[_PICTURES_AT]) == ("messages", "images")


def _pictures(document: Mapping[str, Any]) -> Iterator[Any]:
    messages = document.get("messages")
    for message in messages if isinstance(messages, list) else ():
        if isinstance(message, dict) and message.get("images"):
            yield {"images": message["images"]}


def _prediction(document: Mapping[str, Any]) -> Any:
    prediction = document.get("prediction")
    return prediction.get("content") if isinstance(prediction, dict) else None


def _links(node: Any, key: str) -> Iterator[str]:
    if isinstance(node, dict):
        for name, value in node.items():
            yield from _links(value, name)
    elif isinstance(node, list):
        for value in node:
            yield from _links(value, key)
    elif isinstance(node, str) and key not in _WORDS and not _DATA.match(node):
        named = key.lower().endswith(("url", "uri"))
        if (named and node) or _ADDRESS.match(node):
            yield node


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for name, value in node.items():
            if name in REFERENCES:
                yield name
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)


def _type(part: Mapping[str, Any]) -> str:
    kind = part.get("type")
    return kind if isinstance(kind, str) else ""
