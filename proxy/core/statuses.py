"""What the HTTP status of a target's reply says: about the request, about what it serves, about itself."""

from __future__ import annotations

from collections.abc import Collection

from proxy.errors import UpstreamBusyError, UpstreamError, UpstreamUnsupportedError

OK = 200
#: The target refuses the request itself: asking another target would not help.
CALLERS_FAULT = frozenset({400, 413, 415, 422})
#: It does not serve what it was asked for: another one may.
NOT_SERVED = frozenset({404, 405, 501})
#: It, or what stands before it, is away or overloaded.
AWAY = frozenset({502, 503, 504, 529})
SERVER_ERROR = 500
_AGAIN = AWAY - {504}  # after a timeout nobody knows what the target still does
_TOO_MANY = 429


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
    made.final = unserved(status, inputs)  # over what it does not take it would fail again
    return made
