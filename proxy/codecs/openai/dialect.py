"""The OpenAI dialect: errors, lists of models, where its APIs stand."""

from __future__ import annotations

from typing import Any

import orjson

from proxy.codecs.api import Address
from proxy.codecs.base import SERVER_ERROR, Dialect, Endpoint, in_stream, listing, showing
from proxy.codecs.limit_headers import openai_headers
from proxy.errors import BudgetReachedError


def error(status: int, code: str, message: str, request_id: str) -> bytes:
    """Render the dialect's error object."""
    kinds = {
        400: "invalid_request_error",
        401: "authentication_error",
        403: "permission_error",
        429: "rate_limit_error",
    }
    kind = kinds.get(status, "invalid_request_error" if status < SERVER_ERROR else "api_error")
    if code == BudgetReachedError.code:  # what clients do not retry
        kind = "insufficient_quota"
    return orjson.dumps(
        {"error": {"message": message, "type": kind, "param": None, "code": code, "request_id": request_id}}
    )


#: Members of a piece of a reply without choices: its envelope, and usage.
_WITHOUT_CHOICES = frozenset("id object type created model system_fingerprint service_tier usage".split())


def is_error(event: object) -> bool:
    """Whether an event of a stream of choices reports an error, or has members that no piece of a reply has."""
    if not isinstance(event, dict) or event.get("error") or event.get("object") == "error":
        return True
    return "choices" not in event and not event.keys() <= _WITHOUT_CHOICES


def _describe(name: str) -> dict[str, Any]:
    """Mistral's client reads this list too, and requires ``type`` and ``capabilities``."""
    described = {"id": name, "object": "model", "created": 0, "owned_by": "compliance-proxy"}
    return described | {"type": "base", "capabilities": {}}


#: Roots of OpenAI's APIs and of Azure's: like OpenAI's, or by the name of a deployment.
OPENAI, AZURE, DATED = "/v1", "/openai/v1", "/openai/deployments/{model}"
#: Roots of paths that name no deployment.
ROOTS = (OPENAI, AZURE, "/openai")


def everywhere(path: str, *, dated: bool = True, **more: Any) -> tuple[Endpoint, ...]:
    """Return the endpoints of an API at OpenAI's path and at Azure's; ``dated``: one of them names a deployment.

    Azure's ``api-version`` has no meaning here: a target has its own.
    """
    roots = (OPENAI, AZURE, DATED) if dated else ROOTS
    return tuple(Endpoint("POST", f"{root}{path}", **more) for root in roots)


def at(path: str, *, dated: bool = True, **more: Any) -> dict[str, Any]:
    """Return where an API stands, as fields of ``TableApi``: ``everywhere``, and at its targets."""
    return {"dialect": DIALECT, "endpoints": everywhere(path, dated=dated, **more), "address": Address(path)}


def _stateful_paths() -> tuple[str, ...]:
    """Return the paths of what OpenAI keeps."""
    names = """
        responses conversations files uploads batches vector_stores containers skills evals fine_tuning threads
        assistants chatkit videos chat/completions
    """.split()
    below = tuple(f"{root}/{name}/{{rest:path}}" for name in names for root in ROOTS)
    alone = set(names) - {"responses", "chat/completions", "files", "batches"}
    return below + tuple(f"{root}/{name}" for name in names if name in alone for root in ROOTS)


DIALECT = Dialect(
    limits=openai_headers,
    unpaid=429,
    name="openai",
    error=error,
    error_event=in_stream(error),
    models=listing("data", _describe, object="list"),
    model=showing(_describe),
    listed=(
        *(
            Endpoint("GET", f"{root}/models{below}")
            for root in (OPENAI, AZURE, "/openai")
            for below in ("", "/{id:path}")
        ),
        Endpoint("GET", "/models"),  # llama.cpp's server has the paths without a version too
    ),
    stateful_paths=_stateful_paths(),
)
