"""Faults of the request path: HTTP status, stable code, and the class docstring as the default message.

A denial is not an error (see ``proxy.core.records.Denial``). Messages never carry payload text; the original
exception stays on ``__cause__``.
"""

from __future__ import annotations

import inspect
import math
from typing import ClassVar, Self


class ProxyError(Exception):
    """The proxy could not serve this request."""

    status: int = 500
    code: ClassVar[str] = "internal_error"
    final: bool = False  # a retry of the same request cannot succeed
    retry_after_s: float = 0.0  # seconds until a retry may succeed; 0 if unknown
    untried: bool = False  # the target has not begun to process the request
    sent_to: str = ""  # the target that had the request by then
    within: ClassVar[bool] = False  # a part of the request path failed: callers are told whether anything was sent

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or inspect.getdoc(type(self)) or self.code)

    @property
    def message(self) -> str:
        """What the caller reads: the fault and, where that is not plain, whether anything was sent."""
        if not self.within and not self.sent_to:
            return str(self)
        fate = f"; target {self.sent_to} had the request by then" if self.sent_to else ", so nothing was sent"
        return f"{str(self).rstrip('.')}{fate}."


#: Statuses of the 4xx class after which the same request may succeed.
_AGAIN = frozenset({408, 409, 425, 429})
_CLIENT_ERROR, _SERVER_ERROR = 400, 500


def retry_headers(status: int, retry_after_s: float, *, final: bool) -> dict[str, str]:
    """Return the headers that tell a client whether and when to retry the same request."""
    if final or (_CLIENT_ERROR <= status < _SERVER_ERROR and status not in _AGAIN):
        return {"x-should-retry": "false"}
    return {"retry-after": str(math.ceil(retry_after_s))} if retry_after_s > 0 else {}


class MalformedRequestError(ProxyError):
    """The request body is not what this path accepts."""

    status, code = 400, "malformed_request"


def at_line(fault: ProxyError, number: int) -> ProxyError:
    """Return the fault with the number of the body's line in its message; lines count from 1."""
    return type(fault)(f"line {number}: {fault}")


class HeaderMismatchError(MalformedRequestError):
    """A header that must repeat a value of the body differs from it."""

    code = "header_mismatch"


class UnsupportedFeatureError(ProxyError):
    """The request uses a feature that no target of this model is declared to support."""

    status, code = 400, "unsupported_feature"


class UnsupportedDialectError(ProxyError):
    """No target of this model speaks the API of this path: use another path or another model."""

    status, code = 400, "unsupported_dialect"


class UnsupportedReferenceError(ProxyError):
    """The request refers to an address that no target of this model may fetch: send the content itself (data URL)."""

    status, code = 400, "unsupported_reference"


class StatefulUnsupportedError(ProxyError):
    """This path refers to state at a target, which cannot be inspected: send the content itself."""

    status, code = 400, "stateful_unsupported"


class UnknownHandleError(ProxyError):
    """This handle does not exist for this caller, or has expired: start again without it."""

    status, code = 404, "unknown_handle"


class UnauthenticatedError(ProxyError):
    """No valid, unexpired key or token was presented."""

    status, code = 401, "invalid_api_key"


class IdentityUnavailableError(ProxyError):
    """The key could not be looked up."""

    status, code, within = 503, "identity_unavailable", True


class ForbiddenFactError(ProxyError):
    """This key may not declare the activity, region or label it sent."""

    status, code = 403, "not_allowed_for_key"


class GrantUnusableError(ProxyError):
    """The break-glass grant in x-compliance-break-glass cannot be used."""

    status, code = 403, "break_glass_unusable"


class GrantsUnavailableError(ProxyError):
    """The break-glass grant could not be looked up."""

    status, code, within = 503, "break_glass_unavailable", True


class CounterUnavailableError(ProxyError):
    """US persons could not be counted, so targets under 28 CFR 202 are refused."""

    status, code, within = 503, "bulk_counter_unavailable", True


class NotCachedError(ProxyError):
    """Cache-Control asks for a kept reply alone (only-if-cached), and none may answer this request."""

    status, code = 504, "not_cached"


class KeptChangedError(ProxyError):
    """The state at the target has grown since this request was decided: send it again."""

    status, code = 409, "kept_changed"


class UnknownRouteError(ProxyError):
    """This path is not served: a body that cannot be classified is never forwarded."""

    status, code = 404, "unknown_path"


class MethodNotAllowedError(ProxyError):
    """This path is served, but not with this method."""

    status, code = 405, "method_not_allowed"


class UnsupportedMediaError(ProxyError):
    """This path does not take a body of this content type."""

    status, code = 415, "unsupported_media_type"


class UnknownModelError(ProxyError):
    """No route is configured for this model."""

    status, code = 404, "model_not_found"


class PayloadTooLargeError(ProxyError):
    """The request body or its headers are larger than the configured limit."""

    status, code = 413, "payload_too_large"


class UnsupportedEncodingError(ProxyError):
    """The encoding of the body is not supported: compress it once, with gzip, deflate or zstd, or not at all."""

    status, code = 415, "unsupported_encoding"


class TooManyRequestsError(ProxyError):
    """This tenant has too many requests in flight."""

    retry_after_s = 1.0
    status, code = 429, "tenant_concurrency_exceeded"


class KeyConcurrencyError(TooManyRequestsError):
    """This key has too many requests in flight."""

    code = "key_concurrency_exceeded"


class TenantBytesError(TooManyRequestsError):
    """The bodies of this tenant's requests in flight take up too many bytes."""

    code = "tenant_bytes_exceeded"


class TenantBusyError(TooManyRequestsError):
    """This tenant's requests and replies at work together take longer than each of them has: send fewer at once."""

    code, within = "tenant_busy", True


class LimitReachedError(ProxyError):
    """A limit of this caller is used up in its window of time; the message names it."""

    status, code = 429, "limit_reached"


class BudgetReachedError(LimitReachedError):
    """A budget of this caller is spent for this month; the message names it."""

    status, code, final = 402, "budget_reached", True


class LimitUnknownError(ProxyError):
    """What is left of a limit of this caller is unknown, because the database is away; retry later."""

    status, code, within = 503, "limit_unknown", True


class DetectionError(ProxyError):
    """The payload could not be classified in time."""

    status, code, within = 503, "detection_unavailable", True


class DecodingTimeoutError(ProxyError):
    """Decoding the body took too long."""

    status, code, within = 503, "decoding_timeout", True


class FileReadingTimeoutError(ProxyError):
    """Reading the files in the body took too long."""

    status, code, within = 503, "file_reading_timeout", True


class TransformTimeoutError(ProxyError):
    """Replacing values in the body took too long."""

    status, code, within = 503, "transform_timeout", True


class ThreadsBusyError(ProxyError):
    """The machine has too much other work: no thread was free for this one in time."""

    status, code, within = 503, "threads_busy", True


class TooMuchTextError(PayloadTooLargeError):
    """The request holds more new text than can be read within the deadline; send less at once."""

    code = "too_much_text"

    @classmethod
    def beyond(cls, most: int) -> Self:
        """Return the fault with the number of characters that idle workers can read."""
        return cls(f"more new text than can be read in time even when nothing else waits (about {most:,} characters): "
                   "send less at once, a long file in parts, or have the deadline or the workers raised")  # fmt: skip


class DetectionBusyError(ProxyError):
    """More text is waiting than can be read in time; retry later."""

    status, code = 429, "detection_busy"

    def __init__(self, message: str | None = None, *, retry_after_s: float = 1.0) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class OverloadedError(DetectionBusyError):
    """Texts are not read in time, and too many requests are already in flight unread; retry later."""

    code = "overloaded"


class PolicyUnavailableError(ProxyError):
    """The policy engine returned no valid decision in time."""

    status, code, within = 503, "policy_unavailable", True


class AuditUnavailableError(ProxyError):
    """The decision could not be recorded."""

    status, code, within = 503, "audit_unavailable", True


class VaultUnavailableError(ProxyError):
    """The pseudonym vault could not be reached."""

    status, code, within = 503, "vault_unavailable", True


class UpstreamError(ProxyError):
    """No permitted target gave a valid reply."""

    status, code = 502, "upstream_error"
    ended: ClassVar[str] = "upstream_error"  # the end of the attempt in its record
    again: bool = False  # the request is not the cause: the same target may serve it a little later


class UpstreamTimeoutError(UpstreamError):
    """No permitted target replied in time."""

    status, code = 504, "upstream_timeout"
    ended = "timeout"


class UpstreamBusyError(UpstreamError):
    """All permitted targets limit the rate of requests."""

    status, code = 429, "upstream_rate_limited"
    again = True


class UpstreamUnsupportedError(UpstreamError):
    """No permitted target serves this API, model or input, although declared to; the status is the target's."""

    status, code = 501, "target_unsupported"
    final = untried = True

    @classmethod
    def by(cls, target: str, status: int) -> Self:
        """Return the fault with the target's name and status."""
        fault = cls(f"target {target} does not serve this request: it answered with status {status}")
        fault.status = status
        return fault


class DownError(UpstreamError):
    """A permitted target is failing, and another request is trying it."""

    status, code = 503, "target_down"
    untried = True

    @classmethod
    def until(cls, target: str, wait_s: float) -> Self:
        """Return the fault with the target's name and the seconds until it may be tried."""
        fault = cls(f"target {target} is failing, and another request is trying it")
        fault.retry_after_s = wait_s
        return fault


class TargetCredentialError(UpstreamError):
    """The credential of a permitted target is missing, or not valid for its authorization scheme."""

    code = "target_credential"
    untried = True


class TokenUnavailableError(UpstreamError):
    """The token endpoint of a permitted target did not answer in time."""

    code = "token_unavailable"
    untried = True

    @classmethod
    def of(cls, target: str) -> Self:
        """Return the fault with the target's name."""
        return cls(f"the token endpoint of target {target} did not answer in time")


class TargetConnectionError(UpstreamError):
    """Connections to a permitted target are not allowed, or its certificates are missing or invalid."""

    code = "target_connection"
    untried = True


class UpstreamMalformedError(UpstreamError):
    """A permitted target's reply does not conform to its API."""

    code = "upstream_malformed"
    ended = "malformed"


class ReplyTooLargeError(ProxyError):
    """The target's reply holds more text than can be searched in time: ask for less at once."""

    status, code, final = 502, "reply_too_large", True


class ReplyTimeoutError(ProxyError):
    """Searching, judging and rewriting the target's reply took too long."""

    status, code, final, within = 503, "reply_timeout", True, True


class UpstreamModelError(UpstreamError):
    """A permitted target replied with a model other than the pinned one, so its reply was discarded."""

    code = "target_model"
    ended = "malformed"


class UpstreamCutError(UpstreamError):
    """The target's stream ended before its end marker; what was sent so far is incomplete."""

    code = "upstream_cut"
    ended = "cut"


class StreamLimitError(UpstreamError):
    """The target's stream exceeded a limit and was cut; what was sent so far is incomplete."""

    code = "stream_limit"
    ended = "cut"

    @classmethod
    def at(cls, limit: str) -> Self:
        """Return the fault with the name of the limit."""
        return cls(f"{inspect.getdoc(cls)} Limit: {limit}.")


class RegistryConflictError(ProxyError):
    """The registry has changed since the revision on which this change is based."""

    status, code = 409, "registry_conflict"


class SecondPersonError(ProxyError):
    """A second person, not its author, has to put this change of the registry in force."""

    status, code = 403, "second_person_required"


class RegistryUnavailableError(ProxyError):
    """The registry in the database could not be reached."""

    status, code = 503, "registry_unavailable"


class ConfigurationError(ProxyError):
    """The configuration is not valid."""

    code = "configuration_error"


def every() -> tuple[type[ProxyError], ...]:
    """Return all faults, sorted by code."""
    faults = [kind for kind in globals().values() if isinstance(kind, type) and issubclass(kind, ProxyError)]
    return tuple(sorted(faults, key=lambda kind: kind.code))
