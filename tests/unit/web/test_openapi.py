from __future__ import annotations

import re
from dataclasses import replace

import aiohttp
import jsonschema
import orjson
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from proxy import errors
from proxy.codecs.endpoints import DIALECTS, EXPLAIN, TABLE
from proxy.codecs.kept_api import takes_body
from proxy.core import explanation, response_headers
from proxy.web import openapi
from proxy.web.declared import HEADERS
from testing.fakes import CANARY, PRINCIPAL, FakePdp, chat

DOCUMENT = openapi.document()
OPERATIONS = [operation for path in DOCUMENT["paths"].values() for operation in path.values()]


def test_it_is_an_openapi_document():
    OpenAPIV31SpecValidator(DOCUMENT).validate()
    assert orjson.loads(orjson.dumps(DOCUMENT)) == DOCUMENT


def test_every_endpoint_of_the_table_is_in_it_and_nothing_else():
    served = {(re.sub(r":path(?=})", "", one.endpoint.path), one.endpoint.method.lower()) for one in TABLE.served}
    own = {(openapi.PATH, "get"), (EXPLAIN + "/{path}", "post")}
    assert {(path, method) for path, named in DOCUMENT["paths"].items() for method in named} == served | own


def test_every_operation_has_a_name_of_its_own():
    names = [operation["operationId"] for operation in OPERATIONS]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"\w+", name) for name in names)


@pytest.mark.parametrize("served", [one for one in TABLE.served if one.api], ids=lambda one: one.endpoint.path)
def test_what_passes_beside_the_body_is_described(served):
    path = re.sub(r":path(?=})", "", served.endpoint.path)
    operation = DOCUMENT["paths"][path][served.endpoint.method.lower()]
    parameters = [one for one in operation["parameters"] if "name" in one]
    told_of = {
        where: {one["name"] for one in parameters if one["in"] == where} for where in ("path", "query", "header")
    }
    assert told_of == {
        "path": set(re.findall(r"{(\w+)", path)),
        "query": set(served.endpoint.query),
        "header": set(served.dialect.forwarded),
    }
    assert len(operation["parameters"]) - len(parameters) == len(HEADERS)
    takes_a_body = served.endpoint.method in {"POST", "PUT"} and takes_body(served.api, served.endpoint)
    assert operation.get("requestBody", {"content": {}})["content"].keys() == (
        served.endpoint.media - {""} if takes_a_body else set()
    )
    assert operation["responses"]["200"]["headers"].keys() == response_headers.MEANINGS.keys()


@pytest.mark.parametrize("dialect", [one for one, _ in DIALECTS], ids=lambda one: one.name)
def test_errors_are_described_as_they_are_rendered(dialect):
    schema = DOCUMENT["components"]["schemas"][f"{dialect.name}-error"]
    rendered = orjson.loads(dialect.error(403, "NO_DPA", "refused", "x1"))
    jsonschema.validate(rendered, schema)
    assert rendered.keys() == schema["properties"].keys()


def test_a_fault_that_several_dialects_may_tell_of_has_any_of_their_shapes():
    shared = DOCUMENT["paths"]["/v1/models"]["get"]
    shapes = shared["responses"]["default"]["content"]["application/json"]["schema"]["anyOf"]
    assert [one["$ref"].rpartition("/")[2] for one in shapes] == [f"{name}-error" for name in shared["tags"]]
    streamed = DOCUMENT["paths"]["/v1beta/models/{model}:streamGenerateContent"]["post"]
    shapes = streamed["responses"]["default"]["content"]["application/json"]["schema"]["anyOf"]
    assert [one.get("type", "object") for one in shapes] == ["object", "array"]


def test_every_code_is_named():
    assert DOCUMENT["x-error-codes"].keys() == {one.code for one in errors.every()}


def test_a_list_of_models_names_every_dialect_that_has_one_there():
    shared = DOCUMENT["paths"]["/v1/models"]["get"]
    assert set(shared["tags"]) >= {"openai", "anthropic", "gemini"}
    assert "`anthropic-version`" in shared["description"]


async def test_it_is_served_to_who_has_a_key(serve):
    async with serve() as running:
        async with running.session.get(running.url + openapi.PATH) as response:
            assert (response.status, await response.json()) == (200, DOCUMENT)
        async with aiohttp.ClientSession() as nobody, nobody.get(running.url + openapi.PATH) as response:
            assert response.status == 401
        async with running.session.post(running.url + openapi.PATH, data=b"{}") as response:
            assert response.status == 404


@pytest.mark.parametrize("denied", [frozenset(), frozenset({"a", "b", "local"})])
async def test_an_explanation_is_what_its_schema_says(serve, denied):
    async with serve() as running:
        running.stage.pdp.denied = denied
        assert isinstance(running.stage.pdp, FakePdp)
        running.identities.principal = replace(PRINCIPAL, roles=("dry-run",))
        async with running.post(chat(f"write to {CANARY}"), EXPLAIN + "/v1/chat/completions") as response:
            said = await response.json()
    jsonschema.validate(said, explanation.SCHEMA)
    assert set(said) == set(explanation.SCHEMA["required"])
