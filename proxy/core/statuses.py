"""Outcomes of attempts and exchanges, and the meaning of a target's HTTP status."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from proxy.core.records import EntitySummary
from proxy.errors import UpstreamBusyError, UpstreamError, UpstreamUnsupportedError

OK = 200
#: The end, and the action, of a dry run.
DRY_RUN = "dry_run"
#: The end of an exchange that copies another: its reply is discarded.
DROPPED = "dropped"
#: Statuses whose body carries no meaning.
WITHOUT_BODY = frozenset({202, 204})
#: The target refuses the request itself: no other target would accept it.
CALLERS_FAULT = frozenset({400, 413, 415, 422})
#: The target does not serve this request: another one may.
NOT_SERVED = frozenset({404, 405, 501})
#: The target, or a gateway in front of it, is unavailable or overloaded.
AWAY = frozenset({502, 503, 504, 529})
SERVER_ERROR = 500
_AGAIN = AWAY - {504}  # after a timeout the target may still be at work
#: The target says that it has not begun.
_UNTRIED = frozenset({401, 403, 503, 529})
_TOO_MANY = 429
#: Stands for the identifier of something that a target may keep, where no reply named it.
UNKNOWN = "unknown"
REFUSED, TOO_LONG = "target_refused", "context_length_exceeded"
#: Error texts of OpenAI, llama.cpp, vLLM, Anthropic, Bedrock and Google for a request beyond the model's context.
_TOO_LONG = (
    b"context_length_exceeded",
    b"exceed_context_size",
    b"maximum context length",
    b"prompt is too long",
    b"input is too long",
    b"exceeds the maximum number of tokens",
)


def refusal(target: str, status: int, reply: bytes) -> tuple[str, str]:
    """Return code and message of a target's refusal, in our own words: an error text may echo the prompt.

    Frameworks shorten a conversation on the code ``context_length_exceeded``, or on Anthropic's wording.
    """
    message = f"target {target} refused the request with status {status}"
    text = reply.lower()
    if any(words in text for words in _TOO_LONG):
        return TOO_LONG, f"{message}: prompt is too long for the model"
    return REFUSED, message


def unserved(status: int, inputs: Collection[str]) -> bool:
    """Whether a status means that a target does not serve the request. Many fail (500) on images and the like."""
    return status in NOT_SERVED or (status == SERVER_ERROR and bool(inputs))


def fault(target: str, status: int, inputs: Collection[str], retry_after_s: float = 0.0) -> UpstreamError:
    """Return the fault for a status that is neither a success nor the caller's fault.

    ``inputs`` are the kinds of content besides text in the request; ``retry_after_s`` comes from Retry-After.
    """
    if status in NOT_SERVED:
        return UpstreamUnsupportedError.by(target, status)
    busy = status == _TOO_MANY
    error = UpstreamBusyError() if busy else UpstreamError(f"target {target} answered with status {status}")
    error.again, error.retry_after_s = busy or status in _AGAIN, retry_after_s
    error.untried = busy or status in _UNTRIED
    error.final = unserved(status, inputs)  # it would fail again
    return error


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call to one target."""

    number: int
    target: str
    status: int  # HTTP status, 0 for none
    ended: str  # complete | undelivered | upstream_error | timeout | cut | malformed | client_gone | abandoned
    bytes_out: int
    bytes_in: int
    duration_ms: int
    upstream_request_id: str = ""
    region: str = ""  # the processing region that the reply names, in the provider's words
    kept: str = ""  # the handle of the state that the target keeps
    left: str = ""  # what it keeps, or may keep, without a handle: its identifier there, or UNKNOWN
    usage: tuple[Mapping[str, int], str] = ({}, "")  # what it used, and who counted (``core.usage``)
    refused: bool = False  # the reply is a refusal of the model, or of a filter of the target's


class ReusedReply(NamedTuple):
    """A kept reply that answers another exchange."""

    exchange: str  # whose reply it was
    age_s: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the exchange ended."""

    status: int  # the HTTP status the caller got
    ended: str  # delivered | denied | failed | client_gone | cut | abandoned | dry_run | dropped
    code: str = ""  # the stable error code, if any
    response_action: str = ""  # deliver | redact_and_deliver | block
    response_entities: tuple[EntitySummary, ...] = ()
    restored: int = 0  # number of pseudonyms restored
    redacted: Mapping[str, int] = field(default_factory=dict)  # number of values removed from the reply, by type
    masked: Mapping[str, int] = field(default_factory=dict)  # number of stand-ins that stay where they are, by reason
    retain_days: int = 0  # retention of the records required by the decision on the reply
