"""Carries out one operation for somebody: role, intent, work, record. Whoever serves operations does it through this.

That somebody called is on record before the answer leaves, and of a change also before it is made.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from prometheus_client import Counter

from proxy.core.records import Principal
from proxy.core.response_headers import challenge, explained
from proxy.errors import ProxyError
from proxy.runtime.log import logger, where
from proxy.web.api import access
from proxy.web.api.faults import AdminRoleMissingError, InvalidRequestError, NotFoundError, RoleMissingError
from proxy.web.api.operations import AdminOperation, AdminRequest, AdminResponse, actor
from proxy.web.api.ports import AdminContext

CALLS = Counter("proxy_admin_calls", "Calls of the admin API by operation and status.", ["operation", "status"])
#: The audit events of the outcome of a call, and of the intent to make a change.
EVENT, INTENT = "admin_call", "admin_change"
_UNKNOWN = "unknown"
_RETRY_S = "5"
_LONGEST_NAME = 1024


def check_role(operation: AdminOperation, principal: Principal) -> None:
    """Refuse who may not call an operation.

    Raises:
        AdminRoleMissingError, RoleMissingError: as they say.

    """
    roles = access.effective(principal.roles)
    if not roles:
        raise AdminRoleMissingError
    if not operation.roles & roles:
        raise RoleMissingError(f"this operation needs one of these roles: {', '.join(sorted(operation.roles))}")


@dataclass(frozen=True, slots=True)
class Performance:
    """One call by somebody. ``fields``: the names of its body's members; without an operation it was none."""

    api: AdminContext
    id: str
    principal: Principal
    operation: AdminOperation | None = None
    fields: Sequence[str] = ()

    async def run(self, operation: AdminOperation, call: AdminRequest) -> AdminResponse:
        """Run the operation and record its outcome; the intent of a change is recorded before it is made."""
        try:
            _check_writable(call)
            if operation.changes:
                await self.api.evidence.event_durable(INTENT, self._facts(), **self._columns())
            answer = await operation.run(self.api, call)
        except asyncio.CancelledError:
            self.api.evidence.event(EVENT, {**self._facts(), "outcome": "abandoned"}, **self._columns())
            raise
        except ProxyError as fault:
            answer = faulty(fault, self.id)
        except Exception as error:  # noqa: BLE001 - the message of a bug's exception could quote the request
            logger().error("admin_failed", request=self.id, error=type(error).__name__, where=where(error))
            answer = faulty(ProxyError(), self.id)
        return await self.recorded(answer)

    async def recorded(self, answer: AdminResponse) -> AdminResponse:
        """Return the answer once its record is durable, otherwise the fault that it is not."""
        error = answer.document.get("error")
        outcome = error["code"] if error else "no" if answer.document.get("ok") is False else "ok"
        facts = {**self._facts(), "outcome": outcome, **answer.facts}
        try:
            await self.api.evidence.event_durable(EVENT, facts, **self._columns(), status=answer.status)
        except ProxyError as fault:
            answer = faulty(fault, self.id)
        name = self.operation.id if self.operation else _UNKNOWN
        CALLS.labels(name, str(answer.status)).inc()
        logger().info("admin_call", request=self.id, operation=name, status=answer.status, outcome=outcome)
        return answer

    def _facts(self) -> dict[str, Any]:
        return {
            "request": self.id,
            "operation": self.operation.id if self.operation else _UNKNOWN,
            "by": actor(self.principal),
            "roles": sorted(access.effective(self.principal.roles)),
            "given": list(self.fields),
        }

    def _columns(self) -> dict[str, str]:
        return {"tenant": self.principal.tenant, "service": self.principal.service}


def _check_writable(call: AdminRequest) -> None:
    """Refuse names that no record can hold, before anything is looked for.

    Raises:
        NotFoundError: the end of the path is such a name, or longer than any.
        InvalidRequestError: a parameter holds U+0000.

    """
    if "\0" in call.parameter or len(call.parameter) > _LONGEST_NAME:
        raise NotFoundError
    if any("\0" in value for value in call.query.values()):
        raise InvalidRequestError("no parameter holds U+0000")


def faulty(fault: ProxyError, call_id: str) -> AdminResponse:
    """Return the answer that tells a fault."""
    error = {"code": fault.code, "message": str(fault), "request_id": call_id}
    later = {"Retry-After": _RETRY_S} if fault.status == HTTPStatus.TOO_MANY_REQUESTS else {}
    return AdminResponse(
        {"error": error}, {**explained(fault.code), **challenge(fault.status), **later}, status=fault.status
    )
