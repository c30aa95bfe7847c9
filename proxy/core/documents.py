"""Files in a request: what was read of them becomes text like any other, and third parties get that text alone.

A file cannot be changed in place. So that nothing leaves unread and every obligation is carried out, a target that
somebody else operates never gets the file but its text, transformed as obliged. A target of our own gets the file as
it is, unless something in it has to change.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from proxy.core.records import Document, Extracted, Payload, Remark, Status, Target, TextSpan

#: The kind of a span that holds a file's text.
KIND = "document"
_OURS = "self"
_READ, _CUT = "read", "cut"


def with_texts(payload: Payload, extracted: Sequence[Extracted]) -> Payload:
    """Return the payload with the text of its documents as spans; what was not read completely stays opaque.

    Raises:
        ValueError: not one answer per document.

    """
    spans = list(payload.spans)
    opaque = list(payload.opaque_otherwise)
    documents: list[Document] = []
    for document, one in zip(payload.documents, extracted, strict=True):
        outcome = _outcome(one)
        if outcome in {_READ, _CUT}:
            spans.append(TextSpan(document.pointer, document.path, one.text, KIND))
        if outcome != _READ:
            opaque.extend(document.opaque)
        documents.append(replace(document, data="", outcome=outcome))
    return replace(payload, spans=tuple(spans), opaque=tuple(dict.fromkeys(opaque)), documents=tuple(documents))


def _outcome(one: Extracted) -> str:
    if one.text and one.status is Status.COMPLETE:
        return _READ
    if one.text and one.status is Status.PARTIAL:
        return _CUT
    return one.why or one.status.value


def sent(payload: Payload, texts: Mapping[int, str], target: Target) -> Mapping[int, str]:
    """Return the changed texts, and beside them those of files that must not go to this target as they are."""
    if target.operator == _OURS or not payload.documents:
        return texts
    files = {index: span.text for index, span in enumerate(payload.spans) if span.kind == KIND}
    return {**files, **texts}


def remarks(payload: Payload, texts: Mapping[int, str]) -> tuple[Remark, ...]:
    """Return the note of every file that was replaced by its text."""
    replaced = Counter(payload.spans[index].path for index in texts if payload.spans[index].kind == KIND)
    return tuple(Remark(path, "FILE", "as_text", "", count) for path, count in sorted(replaced.items()))
