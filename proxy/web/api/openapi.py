"""The OpenAPI 3.1 document of the admin API, generated from its operations."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from proxy import __version__
from proxy.web.api import formats
from proxy.web.api.faults import InvalidRequestError
from proxy.web.api.operations import PRECONDITIONS, ROOT, AdminOperation, validated

_JSON = "application/json"
_REF = "#/components/schemas/{model}"
_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "request_id"],
            "properties": {name: {"type": "string"} for name in ("code", "message", "request_id")},
        }
    },
}


def document(operations: Iterable[AdminOperation]) -> dict[str, Any]:
    """Return the document."""
    schemas: dict[str, Any] = {"Error": _ERROR}
    paths: dict[str, Any] = {}
    for operation in operations:
        path = f"{ROOT}{operation.path}"
        paths.setdefault(path, {})[operation.method.lower()] = _operation(operation, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Admin API of the compliance proxy", "version": __version__},
        "security": [{"key": []}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": "An API key or token."}},
            "schemas": schemas,
        },
    }


def _operation(operation: AdminOperation, schemas: dict[str, Any]) -> dict[str, Any]:
    document: dict[str, Any] = {
        "operationId": operation.id,
        "summary": operation.summary,
        "description": f"Needs the role {' or '.join(sorted(operation.roles))}.",
        "parameters": _parameters(operation),
        "responses": {
            "200": {"description": "Done; 'ok' says whether the answer is yes.", "content": _contents(operation)},
            "default": {
                "description": "What went wrong.",
                "content": {_JSON: {"schema": {"$ref": _REF.format(model="Error")}}},
            },
        },
    }
    if operation.body is not None:
        schema = operation.body.model_json_schema(ref_template=_REF)
        schemas |= schema.pop("$defs", {})
        schemas[operation.body.__name__] = schema
        reference = {"$ref": _REF.format(model=operation.body.__name__)}
        document["requestBody"] = {"required": _needs_body(operation), "content": {_JSON: {"schema": reference}}}
    elif operation.any_body:
        document["requestBody"] = {"required": True, "content": {_JSON: {"schema": {}}}}
    return document


def _contents(operation: AdminOperation) -> dict[str, Any]:
    files: dict[str, Any] = {formats.MEDIA[kind].partition(";")[0]: {} for kind in operation.files}
    return {_JSON: {}, **files}


def _needs_body(operation: AdminOperation) -> bool:
    """Whether an empty body is refused."""
    try:
        validated(operation, {})
    except InvalidRequestError:
        return True
    return False


def _parameters(operation: AdminOperation) -> list[dict[str, Any]]:
    text = {"type": "string"}
    parameters: list[dict[str, Any]] = []
    if operation.parameter:
        parameters.append({"name": operation.parameter, "in": "path", "required": True, "schema": text})
    if operation.conditional:
        parameters += [
            {"name": name, "in": "header", "required": False, "schema": text, "description": meaning}
            for name, meaning in PRECONDITIONS
        ]
    return parameters + [
        {"name": name, "in": "query", "schema": text, "description": meaning} for name, meaning in operation.parameters
    ]
