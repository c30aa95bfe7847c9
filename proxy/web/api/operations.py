"""An operation of the admin API: its path, its roles, its request and its response."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from proxy.core.records import Principal
from proxy.runtime.integers import whole_number
from proxy.web.api import formats
from proxy.web.api.faults import InvalidRequestError
from proxy.web.api.formats import AnswerFile
from proxy.web.api.ports import AdminContext
from proxy.web.api.requests import RequestModel

#: Longer parts of a place may be what the caller sent.
_LONGEST_KEY = 40
ROOT = "/admin/v1/"
#: The headers of a conditional operation, of which a call must have one: name, meaning.
PRECONDITIONS = (
    ("If-Match", "the revision that the change is based on"),
    ("If-None-Match", "`*` instead of If-Match if nothing is in force yet"),
)
_PARAMETER = re.compile(r"\{(\w+)\}")
_ACTOR = re.compile(r".+ \(.+\)", re.DOTALL)


def actor(principal: Principal) -> str:
    """Return the actor as recorded: the service or person, and the credential."""
    return recorded_actor(principal.service, principal.key_id)


def recorded_actor(service: str, credential: str) -> str:
    """Return how whoever asks for something is recorded."""
    return f"{service} ({credential})"


def is_recorded(service: str, recorded: str) -> bool:
    """Whether a recorded actor is this service or person, with whatever credential."""
    return recorded.startswith(f"{service} (")


@dataclass(frozen=True, slots=True)
class AdminRequest:
    """One request. ``body`` is validated if the operation declares one."""

    id: str
    principal: Principal
    parameter: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    if_match: str = ""
    if_none_match: str = ""
    body: Any = None
    format: str = formats.JSON

    @property
    def actor(self) -> str:
        """The actor as recorded."""
        return actor(self.principal)

    def may_be(self, recorded: str) -> bool:
        """Whether the caller may be the recorded actor; True also if that cannot be determined.

        A service is one person, whatever the credential and the tenant: a token's id is new each time, one person may
        hold several keys, and roles apply to all tenants.
        """
        service = self.principal.service
        return not service or _ACTOR.fullmatch(recorded) is None or is_recorded(service, recorded)

    def number(self, name: str, default: int, maximum: int) -> int:
        """Return a query parameter that is a whole number.

        Raises:
            InvalidRequestError: it is not one, or larger than ``maximum``.

        """
        number = whole_number(self.query.get(name, str(default)), maximum)
        if number is None:
            raise InvalidRequestError(f"the parameter '{name}' must be a whole number up to {maximum}")
        return number

    def flag(self, name: str, default: bool) -> bool:
        """Return a query parameter that is true or false.

        Raises:
            InvalidRequestError: it is neither.

        """
        text = self.query.get(name, str(default).lower())
        if text not in {"true", "false"}:
            raise InvalidRequestError(f"the parameter '{name}' must be true or false")
        return text == "true"


@dataclass(frozen=True, slots=True)
class AdminResponse:
    """A reply: its document or file and headers, and what the audit record says besides the actor and the outcome."""

    document: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    file: AnswerFile | None = None  # sent instead of the document


@dataclass(frozen=True, slots=True)
class AdminOperation:
    """``path`` is below ``/admin/v1/``; a final ``{parameter}`` takes the rest of it. Any of ``roles`` is enough."""

    id: str
    method: str
    path: str
    roles: frozenset[str]
    run: Callable[[AdminContext, AdminRequest], Awaitable[AdminResponse]]
    summary: str
    body: type[RequestModel] | None = None
    any_body: bool = False  # any JSON value
    changes: bool = False
    parameters: tuple[tuple[str, str], ...] = ()  # of the query: name, meaning
    conditional: bool = False  # needs one of PRECONDITIONS
    files: tuple[str, ...] = ()  # the formats besides JSON that it answers in, as ``Accept`` prefers
    stored: bool = False  # hands out a stored file in the format that it has

    @property
    def pattern(self) -> re.Pattern[str]:
        """Matches its path."""
        return re.compile(_PARAMETER.sub(r"(?P<parameter>.+)", self.path))

    @property
    def parameter(self) -> str:
        """The name of its path parameter, "" without one."""
        match = _PARAMETER.search(self.path)
        return match[1] if match else ""


def validated(operation: AdminOperation, document: Any) -> Any:
    """Return the body in the operation's type.

    Raises:
        InvalidRequestError: it does not fit; the message names the place, never a value.

    """
    if operation.body is None:
        return document
    try:
        return operation.body.model_validate(document if document is not None else {})
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"] if isinstance(part, int) or len(part) <= _LONGEST_KEY)
        message = first["msg"].removeprefix("Value error, ")
        raise InvalidRequestError(f"{where}: {message}" if where else message) from error
