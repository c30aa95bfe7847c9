"""Files and pictures in a request: their text is inspected like any other, and third parties get the text alone.

A file cannot be changed in place. So that nothing leaves unread and every obligation is carried out, a third-party
target gets the transformed text instead of the file. A self-hosted target gets the file unchanged, unless something in
it has to change or the target does not accept files (pictures).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from proxy.core.findings import Status
from proxy.core.records import Document, Extracted, OpaquePart, Payload, Remark, TextSpan
from proxy.core.targets.registered import Target

#: The kind of a span that holds a file's text.
KIND = "document"
_READ, _CUT = "read", "cut"
#: The outcome of a picture with lines that were not read with certainty.
UNSURE = "unsure"
#: The outcomes of partly read documents: their text is known, and they count as opaque too.
PARTLY = frozenset({_CUT, UNSURE})
_PICTURE = "image/"
#: Media types of text besides ``text/*``.
_TEXTS = frozenset({"application/json", "application/xml", "application/csv"})


def is_picture(document: Document) -> bool:
    """Whether it is a picture, the one kind that may be read and hold no text."""
    return document.media.startswith(_PICTURE)


def is_text(media: str) -> bool:
    """Whether a file of this media type (type/subtype, lower case) is plain text."""
    return media.startswith("text/") or media in _TEXTS


def distinct(parts: Iterable[OpaquePart]) -> tuple[OpaquePart, ...]:
    """Return the parts in order, each position once."""
    return tuple({(part, part.pointer): part for part in parts}.values())


def with_texts(payload: Payload, extracted: Sequence[Extracted]) -> Payload:
    """Return the payload with the text of its documents as spans; documents not read completely stay opaque.

    Raises:
        ValueError: documents and results differ in number.

    """
    spans = list(payload.spans)
    opaque = list(payload.other_opaque)
    documents: list[Document] = []
    for document, result in zip(payload.documents, extracted, strict=True):
        outcome = _outcome(document, result)
        if outcome == _READ or outcome in PARTLY:
            spans.append(TextSpan(document.pointer, document.path, result.text, KIND))
        if outcome != _READ:
            opaque.extend(document.opaque)
        documents.append(replace(document, data="", outcome=outcome))
    return replace(payload, spans=tuple(spans), opaque=distinct(opaque), documents=tuple(documents))


def _outcome(document: Document, extracted: Extracted) -> str:
    if extracted.status is Status.COMPLETE and (extracted.text or is_picture(document)):
        return _READ
    if extracted.text and extracted.status is Status.PARTIAL:
        return UNSURE if extracted.why == UNSURE else _CUT
    return extracted.why or extracted.status.value


def sent(payload: Payload, texts: Mapping[int, str], target: Target) -> Mapping[int, str]:
    """Return the changed texts, and the texts of files that must not go to this target as files."""
    if not payload.documents:
        return texts
    taken = {each.pointer for each in payload.documents if target.self_hosted and _input(each) in target.accepts.inputs}
    spans = enumerate(payload.spans)
    files = {index: span.text for index, span in spans if span.kind == KIND and span.pointer not in taken}
    return {**files, **texts}


def _input(document: Document) -> str:
    return "image" if is_picture(document) else "file"


def remarks(payload: Payload, texts: Mapping[int, str]) -> tuple[Remark, ...]:
    """Return a remark for every file that was replaced by its text."""
    spans = payload.outgoing
    replaced = Counter(spans[index].path for index in texts if spans[index].kind == KIND)
    return tuple(Remark(path, "FILE", "as_text", "", count) for path, count in sorted(replaced.items()))
