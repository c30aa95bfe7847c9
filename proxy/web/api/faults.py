"""Faults of the admin API and its console: HTTP status, stable code, and the class docstring as the default message.

A message may quote what the caller sent; it is sent to the caller alone, never to a log or a record.
"""

from __future__ import annotations

from proxy.errors import ProxyError


class AdminRoleMissingError(ProxyError):
    """This key has no role that the admin API knows."""

    status = 403
    code = "admin_role_missing"


class RoleMissingError(ProxyError):
    """This key lacks the role for this operation."""

    status = 403
    code = "role_missing"


class UnknownOperationError(ProxyError):
    """The admin API has no such operation."""

    status = 404
    code = "unknown_operation"


class NotFoundError(ProxyError):
    """No such object."""

    status = 404
    code = "not_found"


class InvalidRequestError(ProxyError):
    """The body or a parameter is not what this operation accepts."""

    status = 400
    code = "invalid_request"


class NotAcceptableError(ProxyError):
    """The header Accept takes none of the formats that this operation can answer in here."""

    status = 406
    code = "not_acceptable"


class NotProvenError(ProxyError):
    """The exchange cannot be proven now: no signed note covers all of its records yet, or the log is damaged."""

    status = 409
    code = "not_proven"


class NotReadyError(ProxyError):
    """The export has no result now; its state says why."""

    status = 409
    code = "not_ready"


class NotApprovedError(ProxyError):
    """This export is not pending, is older than a day, or the caller may be who asked for it."""

    status = 409
    code = "not_approved"


class ReadOnlyError(ProxyError):
    """The registry is read from files here, so it can only be changed there."""

    status = 409
    code = "registry_in_files"


class NotConfiguredError(ProxyError):
    """This installation is not set up for this operation."""

    status = 409
    code = "not_configured"


class ConflictError(ProxyError):
    """The registry changed since the revision in If-Match."""

    status = 412
    code = "revision_conflict"


class RefusedError(ProxyError):
    """The policy, the data or the registry is refused; what was in force stays."""

    status = 422
    code = "refused"


class PreconditionMissingError(ProxyError):
    """A change must name its base revision in the header If-Match (If-None-Match: * for the first one)."""

    status = 428
    code = "precondition_required"


class BusyError(ProxyError):
    """The limit of concurrent admin commands in this worker is reached; try again."""

    status = 429
    code = "admin_busy"


class CommandFailedError(ProxyError):
    """The command ended without an answer."""

    status = 500
    code = "command_failed"


class DeadlineError(ProxyError):
    """The command took longer than allowed and was killed."""

    status = 504
    code = "deadline_exceeded"


class ForeignRequestError(ProxyError):
    """This request did not come from a page of this console: open the page anew and try again."""

    status = 403
    code = "foreign_request"


class NotHereError(ProxyError):
    """Without PROXY_CONSOLE_URL with https the console serves the machine that it runs on, and nobody else."""

    status = 403
    code = "console_not_here"


class SecondFactorError(ProxyError):
    """This needs a second factor of the last five minutes."""

    status = 403
    code = "second_factor_needed"
