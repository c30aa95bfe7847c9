"""The OpenAPI 3.1 document of the paths for AI requests, generated from the table of endpoints.

Bodies list the members in this build's tables, not what each may contain, which the provider documents. Examples of
errors are rendered by the dialect.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import orjson
from aiohttp import web

from proxy import __version__, errors
from proxy.codecs.base import Api, Dialect
from proxy.codecs.declared.api import KEYS
from proxy.codecs.endpoints import EXPLAIN, TABLE, Served, Table
from proxy.codecs.kept_api import takes_body
from proxy.core import explanation, response_headers
from proxy.core.wire import JSON
from proxy.web import handlers
from proxy.web.declared import CHOICES, HEADERS, KEY, PREFIX

PATH = "/v1/compliance/openapi.json"
_VARIABLE = re.compile(r"\{(\w+)(?::path)?\}")
_NO_WORD = re.compile(r"\W+")
_TEXT = {"type": "string"}
_WITH_BODY = frozenset({"POST", "PUT"})
_SCHEMES: Mapping[str, Mapping[str, str]] = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "basic": {"type": "http", "scheme": "basic"},
}


async def handle(request: web.Request) -> web.Response:
    """Serve the document to anyone with a valid key."""
    services = request.app[handlers.SERVICES]
    dialect = services.table.find(request.method, request.rel_url.raw_path, request.headers).dialect
    try:
        await handlers.authenticated(services, request, PATH)
    except errors.ProxyError as fault:
        return handlers.faulty(fault, handlers.fresh_id(), dialect)
    return web.Response(body=_bytes(services.table), content_type=JSON)


@lru_cache(maxsize=2)
def _bytes(table: Table) -> bytes:
    return orjson.dumps(document(table))


def document(table: Table = TABLE) -> dict[str, Any]:
    """Return the document."""
    dialects = tuple(dict.fromkeys(served.dialect for served in table.served))
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Compliance proxy",
            "version": __version__,
            "description": "The providers' own APIs: each request is read, decided, transformed as policy obliges, and "
            "sent to a permitted target or denied, with a record. Anything not described here is refused.",
        },
        "tags": [{"name": dialect.name} for dialect in sorted(dialects, key=lambda dialect: dialect.name)],
        "paths": dict(sorted({**_paths(table), **_service_paths()}.items())),
        "components": {
            "securitySchemes": dict(sorted(_schemes(dialects).items())),
            "parameters": {_key(name): _declared(name, meaning) for name, meaning in HEADERS.items()},
            "headers": {
                name: {"description": meaning, "schema": _TEXT} for name, meaning in response_headers.MEANINGS.items()
            },
            "responses": {_error_name(dialect.name): _error(dialect) for dialect in _by_name(dialects)},
            "schemas": {
                "Explanation": explanation.SCHEMA,
                **{_error_name(dialect.name): _shape(_example(dialect)) for dialect in dialects},
                **{served.api.name: _body(served.api) for served in table.served if served.api is not None},
            },
        },
        "x-error-codes": _codes(),
    }


def _by_name(dialects: Iterable[Dialect]) -> list[Dialect]:
    return sorted(dialects, key=lambda dialect: dialect.name)


def _paths(table: Table) -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for served in table.served:
        path, method = _VARIABLE.sub(r"{\1}", served.endpoint.path), served.endpoint.method.lower()
        operations = paths.setdefault(path, {})
        if method in operations:  # several dialects share the path
            _share(operations[method], served)
        else:
            operations[method] = _operation(served, path)
    return paths


def _share(operation: dict[str, Any], served: Served) -> None:
    operation["tags"].append(served.dialect.name)
    operation["responses"]["default"] = _fault(operation["tags"])
    operation["security"] += [item for item in _security(served.dialect) if item not in operation["security"]]
    marks = ", ".join(f"`{name}`" for name in sorted(served.dialect.client_headers))
    if served.api is not None:
        name = served.api.name
        operation["summary"] += f", {name}"
        members = " or ".join(f"`{member}`" for member in sorted(served.endpoint.recognized_by))
        operation["description"] += f" A body with {members} is one of the API `{name}`."
        for content in operation["requestBody"]["content"].values():
            shared = content["schema"].get("anyOf", [content["schema"]])
            content["schema"] = {"anyOf": [*shared, {"$ref": f"#/components/schemas/{name}"}]}
    if marks:
        operation["description"] += f" In the shape of `{served.dialect.name}` for callers that send {marks}."


def _operation(served: Served, path: str) -> dict[str, Any]:
    endpoint, api = served.endpoint, served.api
    name = api.name if api is not None else f"{served.dialect.name}_models"
    operation: dict[str, Any] = {
        "operationId": _NO_WORD.sub("_", f"{endpoint.method.lower()}{path}").strip("_"),
        "tags": [served.dialect.name],
        "summary": name,
        "description": f"The API `{name}`." if api is not None else "Names of the models available to the caller.",
        "security": _security(served.dialect),
        "parameters": [*_variables(path), *_passed_on(served)],
        "responses": {
            "200": _reply(served),
            "default": _fault([served.dialect.name], in_arrays=endpoint.array_unless is not None),
        },
    }
    if api is not None and endpoint.method in _WITH_BODY and takes_body(api, endpoint):
        body = {"schema": {"$ref": f"#/components/schemas/{api.name}"}}
        media = filter(None, sorted(endpoint.media))
        operation["requestBody"] = {"required": True, "content": dict.fromkeys(media, body)}
    return operation


def _variables(path: str) -> list[dict[str, Any]]:
    return [{"name": name, "in": "path", "required": True, "schema": _TEXT} for name in _VARIABLE.findall(path)]


def _passed_on(served: Served) -> list[dict[str, Any]]:
    """Return the parameters of query and headers that are passed on; a list of models has none."""
    if served.api is None:
        return []
    return [
        *(_patterned(name, "query", pattern) for name, pattern in served.endpoint.query.items()),
        *(_patterned(name, "header", pattern) for name, pattern in served.dialect.forwarded.items()),
        *({"$ref": f"#/components/parameters/{_key(name)}"} for name in HEADERS),
    ]


def _patterned(name: str, where: str, pattern: re.Pattern[str]) -> dict[str, Any]:
    schema = {"type": "string", "pattern": f"^(?:{pattern.pattern})$"}
    return {"name": name, "in": where, "required": False, "schema": schema}


def _body(api: Api) -> dict[str, Any]:
    """Return the members of an API's request, as far as its table lists them."""
    members = getattr(getattr(getattr(api, "request", None), "members", None), "by_name", {})
    return {"type": "object", "properties": {name: {} for name in sorted(members) if name not in KEYS}}


def _reply(served: Served) -> dict[str, Any]:
    media: dict[str, dict[str, Any]] = {JSON: {}}
    if served.api is not None:
        media |= {name: {} for name in sorted({*served.endpoint.replies, *served.api.streams})}
    headers = (
        {name: {"$ref": f"#/components/headers/{name}"} for name in response_headers.MEANINGS} if served.api else {}
    )
    return {"description": "As the provider documents it.", "headers": headers, "content": media}


def _security(dialect: Dialect) -> list[dict[str, list[str]]]:
    return [{_scheme_name(source): []} for source in (KEY, *dialect.credential_places)]


def _schemes(dialects: Iterable[Dialect]) -> dict[str, Any]:
    return {
        _scheme_name(source): _scheme(source) for dialect in dialects for source in (KEY, *dialect.credential_places)
    }


def _scheme_name(source: str) -> str:
    return source.replace("?", "query-")


def _scheme(source: str) -> Mapping[str, str]:
    where = {"in": "query", "name": source[1:]} if source.startswith("?") else {"in": "header", "name": source}
    return _SCHEMES.get(source, {"type": "apiKey", **where})


def _error_name(dialect: str) -> str:
    return f"{dialect}-error"


def _fault(dialects: list[str], *, in_arrays: bool = False) -> dict[str, Any]:
    """Return how faults of an operation look: in the shape of any of these dialects, or in an array of it."""
    if len(dialects) == 1 and not in_arrays:
        return {"$ref": f"#/components/responses/{_error_name(dialects[0])}"}
    shapes: list[dict[str, Any]] = [{"$ref": f"#/components/schemas/{_error_name(name)}"} for name in dialects]
    if in_arrays:
        shapes += [{"type": "array", "items": shape} for shape in shapes]
    return _response({"schema": {"anyOf": shapes}})


def _response(content: dict[str, Any]) -> dict[str, Any]:
    return {
        "description": "A fault, or a denial by policy with its first reason code. See `x-error-codes`.",
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in response_headers.ON_ERRORS},
        "content": {JSON: content},
    }


def _error(dialect: Dialect) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{_error_name(dialect.name)}"}
    return _response({"schema": schema, "example": _example(dialect)})


def _example(dialect: Dialect) -> Any:
    fault = errors.MalformedRequestError
    return orjson.loads(dialect.error(fault.status, fault.code, str(fault()), "0123456789abcdef0123456789abcdef"))


def _shape(value: Any) -> dict[str, Any]:
    """Return the schema of an example of an error."""
    if isinstance(value, dict):
        return {"type": "object", "properties": {name: _shape(member) for name, member in value.items()}}
    if isinstance(value, list):
        return {"type": "array"}
    return dict(_TEXT) if isinstance(value, str) else {}


def _key(name: str) -> str:
    return PREFIX + name


def _declared(name: str, meaning: str) -> dict[str, Any]:
    choices = [choice for choice in CHOICES.get(name, ()) if choice]
    schema = {**_TEXT, "enum": choices} if choices else _TEXT
    return {"name": _key(name), "in": "header", "required": False, "schema": schema, "description": meaning}


def _codes() -> dict[str, Any]:
    return {error.code: {"status": error.status, "description": inspect.getdoc(error)} for error in errors.every()}


def _service_paths() -> dict[str, Any]:
    """Return the paths that belong to no dialect."""
    bearer: list[dict[str, list[str]]] = [{"bearer": []}]
    explained = {"schema": {"$ref": "#/components/schemas/Explanation"}}
    return {
        EXPLAIN + "/{path}": {
            "post": {
                "operationId": "explain",
                "summary": "A dry run of a request",
                "description": "`path` is that of the request, with its slashes. Needs the role "
                f"`{explanation.ROLE}`. Nothing is sent.",
                "security": bearer,
                "parameters": _variables("{path}"),
                "requestBody": {"required": True, "content": {JSON: {"schema": {"type": "object"}}}},
                "responses": {
                    "200": {"description": "What would happen.", "content": {JSON: explained}},
                    "default": {"description": "A fault, in the dialect of `path`."},
                },
            }
        },
        PATH: {
            "get": {
                "operationId": "openapi",
                "summary": "This document",
                "security": bearer,
                "responses": {"200": {"description": "An OpenAPI 3.1 document.", "content": {JSON: {}}}},
            }
        },
    }
