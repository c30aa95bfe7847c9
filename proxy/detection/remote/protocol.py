"""Questions and answers between a proxy and a detector: JSON over HTTP, texts one way, findings the other.

A question names the detector that it is for, by the digest of its versions, and has a number of its own that the answer
repeats: an answer of another version, or to another question, is none.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from proxy.core.findings import DetectorVersion, SegmentFindings, Status
from proxy.detection.pool.pool import Answer
from proxy.detection.pool.wire import LARGEST_FRAME, pack, unpack
from proxy.detection.text.plain import Ruled

DETECT: Final = "/v1/detect"
DESCRIBE: Final = "/v1/detector"
#: The longest question or answer, bytes.
LARGEST: Final = LARGEST_FRAME
#: The part of the time left that a detector gets: its answer, complete or not, then comes in time.
SHARE: Final = 0.9


class MalformedError(ValueError):
    """Not a question, or not the answer to this one; holds nothing of it."""


@dataclass(frozen=True, slots=True)
class TextQuestion:
    """Batches of texts of a tenant, to be read within ``within_s`` seconds by the detector ``identity``."""

    number: str
    identity: str
    tenant: str
    within_s: float
    batches: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Description:
    """Which detector it is, whether it can answer, and how much it reads a second, in characters of prose."""

    identity: str
    ready: bool
    speed: float


def identity(versions: Iterable[DetectorVersion]) -> str:
    """Return a digest of the versions of all that finds."""
    rows = [[version.id, version.version, version.ruleset_sha256] for version in versions]
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


def encode_question(question: TextQuestion) -> bytes:
    """Return a question's body. Lone surrogates survive, because JSON escapes them."""
    return _encoded(
        {
            "number": question.number,
            "detector": question.identity,
            "tenant": question.tenant,
            "within_s": question.within_s,
            "batches": [list(batch) for batch in question.batches],
            "ruled": [[at for at, text in enumerate(batch) if isinstance(text, Ruled)] for batch in question.batches],
        }
    )


def decode_question(body: bytes) -> TextQuestion:
    """Inverse of ``encode_question``.

    Raises:
        MalformedError: not a question.

    """
    try:
        document = json.loads(body)
        batches = [_texts(batch, ruled) for batch, ruled in zip(document["batches"], document["ruled"], strict=True)]
        question = TextQuestion(
            str(document["number"]),
            str(document["detector"]),
            str(document["tenant"]),
            float(document["within_s"]),
            batches,
        )
    except (ValueError, TypeError, KeyError, IndexError, RecursionError) as error:
        raise MalformedError("not a question") from error
    if not question.within_s > 0:  # NaN too
        raise MalformedError("not a question")
    return question


def _texts(batch: Any, ruled: Any) -> list[str]:
    if not isinstance(batch, list) or not all(isinstance(text, str) for text in batch):
        raise MalformedError("not a question")
    for at in ruled:
        batch[at] = Ruled(batch[at])
    return batch


def encode_answer(question: TextQuestion, answers: Sequence[Answer], speed: float) -> bytes:
    """Return an answer's body: for each batch the rows of its texts, or why there are none."""
    rows = [answer.value if isinstance(answer, Status) else list(map(pack, answer)) for answer in answers]
    return _encoded({"number": question.number, "detector": question.identity, "answers": rows, "speed": speed})


def decode_answer(question: TextQuestion, body: bytes) -> tuple[list[Answer], float]:
    """Return the answer to each batch of a question, and the detector's speed.

    Raises:
        MalformedError: not the answer to this question: another's, too few findings, findings outside their texts.

    """
    try:
        document = json.loads(body)
        if (document["number"], document["detector"]) != (question.number, question.identity):
            raise MalformedError("not the answer to this question")
        pairs = zip(question.batches, document["answers"], strict=True)
        return [_answer(batch, row) for batch, row in pairs], float(document["speed"])
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise MalformedError("not the answer to this question") from error


def _answer(batch: Sequence[str], row: Any) -> Answer:
    if isinstance(row, str):
        status = Status(row)
        if status not in {Status.FAILED, Status.TIMEOUT}:
            raise MalformedError("not the answer to this question")
        return status
    return tuple(_within(text, unpack(packed)) for text, packed in zip(batch, row, strict=True))


def _within(text: str, segment: SegmentFindings) -> SegmentFindings:
    for finding in (*segment.findings, *segment.inside):
        if not 0 <= finding.start <= finding.end <= len(text):
            raise MalformedError("a finding outside its text")
    return segment


def encode_description(description: Description) -> bytes:
    """Return what a detector says of itself."""
    return _encoded({"detector": description.identity, "ready": description.ready, "speed": description.speed})


def decode_description(body: bytes) -> Description:
    """Inverse of ``encode_description``.

    Raises:
        MalformedError: not a description.

    """
    try:
        document = json.loads(body)
        return Description(str(document["detector"]), document["ready"] is True, float(document["speed"]))
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise MalformedError("not a description") from error


def _encoded(document: object) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode("ascii")
