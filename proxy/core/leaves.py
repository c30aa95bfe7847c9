"""How the texts of a request are read: with which others, under which key, and whether anything may be guessed in them.

Alone, a leaf of JSON misleads a model: a library is a person, and a person is nobody. Leaves of one document are read
together as ``key: value`` lines. A document is what the caller wrote, JSON in a string, a call's arguments, a tool's
structured result, or unknown members; the dialect's own objects, such as messages, are none.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Container, Sequence
from typing import NamedTuple

from proxy.core.records import TextSpan

#: Members that define tools, formats and grammars: nothing in them is told of anybody.
_DEFINITIONS = frozenset(
    """
    tools functions response_format responseSchema responseJsonSchema output_config tool_choice toolChoice toolConfig
    tool_config outputConfig format json_schema input_schema grammar guided_json guided_choice guided_grammar
    guided_regex structured_outputs regex ebnf
    """.split()
)
#: Members that hold a document of the caller's where they hold an object.
_HOLDERS = frozenset("input arguments args response json structuredContent metadata argument".split())
#: Keys of the dialects under which prose stands, or words of their own.
_PROSE = frozenset({"content", "text", "role", "type", "id", "name", "description", "arguments", "title", "model"})
#: Schema keywords whose values belong to the property around them.
_SCHEMA = frozenset({"default", "enum", "const", "example", "examples"})
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|\d+")
_STEP = re.compile(r"\[\*\]|[^.\[]+")
#: What follows the address of a value: a nested document, a pair, several numbers as one text.
_ENDING = re.compile(r"#|~(?=[a-z])")
_LIST = "~list"
_LONGEST_LABEL = 64
_DEFINED = -1


class TextLeaf(NamedTuple):
    """One text with what surrounds it.

    ``label`` is its key in words ("date of birth"). Leaves of the same ``document`` are judged together, a leaf of none
    alone. Unless it is ``guessed``, patterns and checks alone read it: keys, definitions, names of tools. A key has the
    document that it belongs to.
    """

    text: str
    label: str = ""
    document: str = ""
    guessed: bool = True


def bare(text: str | TextLeaf) -> str:
    """Return a text without what surrounds it."""
    return text if isinstance(text, str) else text.text


def leaves(spans: Sequence[TextSpan], tools: Container[str] = ()) -> list[TextLeaf]:
    """Return the texts of a request as leaves; ``tools`` are the names of its tools."""
    return [_leaf(span, tools) for span in spans]


def is_prose(span: TextSpan, tools: Container[str]) -> bool:
    """Whether a text is words for people, in which something may be guessed."""
    return _leaf(span, tools).guessed


def is_defined(span: TextSpan, tools: Container[str]) -> bool:
    """Whether a text or key belongs to the definition of a tool or a format."""
    return _depth(span.path) == _DEFINED or (span.kind != "key" and span.text in tools)


def _leaf(span: TextSpan, tools: Container[str]) -> TextLeaf:
    pointer, path, text, kind = span
    depth = _depth(path)
    if kind == "key":
        named = depth != _DEFINED and (depth is not None or "#" in pointer)
        return TextLeaf(text, "", _above(pointer, depth) if named else "", guessed=False)
    if depth is None and "#" not in pointer:
        key = pointer.rpartition("/")[2]
        return TextLeaf(text, "" if key in _PROSE else label(pointer), guessed=text not in tools)
    if depth == _DEFINED:
        return TextLeaf(text, label(pointer), guessed=False)
    return TextLeaf(text, label(pointer), _above(pointer, depth))


def _above(pointer: str, depth: int | None) -> str:
    """Return the address of the document that is so many steps from the root, or a string."""
    outer, nested, _ = pointer.partition("#")
    if nested and (depth is None or outer.count("/") <= depth):
        return outer
    return _ENDING.split("/".join(pointer.split("/")[: (depth or 0) + 1]), maxsplit=1)[0] or "/"


@functools.lru_cache(4096)
def _depth(path: str) -> int | None:
    """Return how many steps lead to the document at a path, ``_DEFINED`` in definitions, None for no document."""
    steps = _STEP.findall(path)
    for at, (step, below) in enumerate(zip(steps, [*steps[1:], ""], strict=False)):
        if step in _DEFINITIONS:
            return _DEFINED
        if step == "*":
            return at
        if step in _HOLDERS and below not in {"", "[*]"}:
            return at + 1
    return None


def label(pointer: str) -> str:
    """Return the words of the innermost object key of a pointer, skipping list indices and schema keywords."""
    last = pointer[max(pointer.rfind("/"), pointer.rfind("#")) + 1 :]
    if last.isidentifier() and last not in _SCHEMA:
        return words_of(last)
    for part in reversed(pointer.replace("#", "/").split("/")):
        if part and not part.isdecimal() and part.removesuffix(_LIST) not in _SCHEMA:
            return words_of(part.removesuffix(_LIST).replace("~2", "#").replace("~1", "/").replace("~0", "~"))
    return ""


@functools.lru_cache(4096)
def words_of(key: str) -> str:
    """Return the words of a key, "dateOfBirth" as "date of birth"; "" of one that is too long for a key."""
    return " ".join(_WORDS.findall(key)).lower() if len(key) <= _LONGEST_LABEL else ""
