"""How a call and an exchange end, and what the HTTP status of a reply says: of the request, of what a target serves."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from proxy.core.records import EntitySummary
from proxy.errors import UpstreamBusyError, UpstreamError, UpstreamUnsupportedError

OK = 200
#: How an exchange ends of which nothing was to leave, and what was done with its request.
DRY_RUN = "dry_run"
#: How the exchange of a copy ends, whose reply nobody gets.
DROPPED = "dropped"
#: What a reply of such a status holds says nothing.
WITHOUT_BODY = frozenset({202, 204})
#: The target refuses the request itself: asking another target would not help.
CALLERS_FAULT = frozenset({400, 413, 415, 422})
#: It does not serve what it was asked for: another one may.
NOT_SERVED = frozenset({404, 405, 501})
#: It, or what stands before it, is away or overloaded.
AWAY = frozenset({502, 503, 504, 529})
SERVER_ERROR = 500
_AGAIN = AWAY - {504}  # after a timeout nobody knows what the target still does
_UNTRIED = frozenset({503, 529})
_TOO_MANY = 429
REFUSED, TOO_LONG = "target_refused", "context_length_exceeded"
#: What OpenAI, llama.cpp, vLLM, Anthropic, Bedrock and Google write of a request that is longer than their model reads.
_TOO_LONG = (
    b"context_length_exceeded",
    b"exceed_context_size",
    b"maximum context length",
    b"prompt is too long",
    b"input is too long",
    b"exceeds the maximum number of tokens",
)


def refusal(target: str, status: int, reply: bytes) -> tuple[str, str]:
    """Return code and message of a refusal, in words of ours alone: the text of an error may echo the prompt.

    Frameworks shorten a conversation by the code ``context_length_exceeded`` or by the words that Anthropic has for it.
    """
    message = f"target {target} refused the request with status {status}"
    written = reply.lower()
    if any(words in written for words in _TOO_LONG):
        return TOO_LONG, f"{message}: prompt is too long for the model"
    return REFUSED, message


def unserved(status: int, inputs: Collection[str]) -> bool:
    """Whether a status tells what a target does not serve or take. Over images and the like many just fail (500)."""
    return status in NOT_SERVED or (status == SERVER_ERROR and bool(inputs))


def fault(target: str, status: int, inputs: Collection[str], retry_after_s: float = 0.0) -> UpstreamError:
    """Return what a target failed with, which is neither a success nor the caller's fault.

    ``inputs`` are the kinds of content beside text that the request held, ``retry_after_s`` what the target asked for.
    """
    if status in NOT_SERVED:
        return UpstreamUnsupportedError.by(target, status)
    busy = status == _TOO_MANY
    made = UpstreamBusyError() if busy else UpstreamError(f"target {target} answered with status {status}")
    made.again, made.retry_after_s = busy or status in _AGAIN, retry_after_s
    made.untried = busy or status in _UNTRIED
    made.final = unserved(status, inputs)  # over what it does not take it would fail again
    return made


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call to one target, as it ended."""

    number: int
    target: str
    status: int  # HTTP status, 0 when there was none
    ended: str  # complete | upstream_error | timeout | reset | cut | malformed | client_gone | abandoned
    bytes_out: int
    bytes_in: int
    duration_ms: int
    upstream_request_id: str = ""
    region: str = ""  # where the reply says it was made, in the provider's words
    kept: str = ""  # the handle of what the target keeps of it


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the exchange ended."""

    status: int  # the HTTP status the caller got
    ended: str  # delivered | denied | failed | client_gone | cut | abandoned | dry_run | dropped
    code: str = ""  # the stable error code where there was one
    response_action: str = ""  # deliver | redact_and_deliver | block
    response_entities: tuple[EntitySummary, ...] = ()
    restored: int = 0  # how many pseudonyms were put back
    redacted: Mapping[str, int] = field(default_factory=dict)  # values taken out of the reply, by type
    retain_days: int = 0  # for how long the decision on the reply obliges to keep the records
