"""Files and pictures in a request: what was read of them becomes text like any other, and third parties get it alone.

A file cannot be changed in place. So that nothing leaves unread and every obligation is carried out, a target that
somebody else operates never gets the file but its text, transformed as obliged. A target of our own gets the file as
it is, unless something in it has to change or it takes no files (pictures).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from proxy.core.findings import Status
from proxy.core.records import Document, Extracted, Payload, Remark, TextSpan
from proxy.core.targets.registered import Target

#: The kind of a span that holds a file's text.
KIND = "document"
_READ, _CUT = "read", "cut"
#: The outcome of a picture some lines of which were not read with certainty.
UNSURE = "unsure"
#: The outcomes of what was read in part: its text is known, and it counts as unread beside.
PARTLY = frozenset({_CUT, UNSURE})
_PICTURE = "image/"
#: Media types of text beside ``text/*``.
_TEXTS = frozenset({"application/json", "application/xml", "application/csv"})


def is_picture(document: Document) -> bool:
    """Whether it is a picture, the one kind that may hold no text and still be read."""
    return document.media.startswith(_PICTURE)


def is_text(media: str) -> bool:
    """Whether a file of this media type (type/subtype, lower case) is text as it stands."""
    return media.startswith("text/") or media in _TEXTS


def with_texts(payload: Payload, extracted: Sequence[Extracted]) -> Payload:
    """Return the payload with the text of its documents as spans; what was not read completely stays opaque.

    Raises:
        ValueError: not one answer per document.

    """
    spans = list(payload.spans)
    opaque = list(payload.opaque_otherwise)
    documents: list[Document] = []
    for document, one in zip(payload.documents, extracted, strict=True):
        outcome = _outcome(document, one)
        if outcome == _READ or outcome in PARTLY:
            spans.append(TextSpan(document.pointer, document.path, one.text, KIND))
        if outcome != _READ:
            opaque.extend(document.opaque)
        documents.append(replace(document, data="", outcome=outcome))
    return replace(payload, spans=tuple(spans), opaque=tuple(dict.fromkeys(opaque)), documents=tuple(documents))


def _outcome(document: Document, one: Extracted) -> str:
    if one.status is Status.COMPLETE and (one.text or is_picture(document)):
        return _READ
    if one.text and one.status is Status.PARTIAL:
        return UNSURE if one.why == UNSURE else _CUT
    return one.why or one.status.value


def sent(payload: Payload, texts: Mapping[int, str], target: Target) -> Mapping[int, str]:
    """Return the changed texts, and beside them those of files that must not go to this target as they are."""
    if not payload.documents:
        return texts
    taken = {one.pointer for one in payload.documents if target.self_hosted and _input(one) in target.takes.inputs}
    spans = enumerate(payload.spans)
    files = {index: span.text for index, span in spans if span.kind == KIND and span.pointer not in taken}
    return {**files, **texts}


def _input(document: Document) -> str:
    return "image" if is_picture(document) else "file"


def remarks(payload: Payload, texts: Mapping[int, str]) -> tuple[Remark, ...]:
    """Return the note of every file that was replaced by its text."""
    spans = payload.outgoing
    replaced = Counter(spans[index].path for index in texts if spans[index].kind == KIND)
    return tuple(Remark(path, "FILE", "as_text", "", count) for path, count in sorted(replaced.items()))
