from __future__ import annotations

import json

from proxy.web.api import openapi, table


def references(node):
    if isinstance(node, dict):
        yield from ([node["$ref"]] if "$ref" in node else [])
        for child in node.values():
            yield from references(child)
    elif isinstance(node, list):
        for child in node:
            yield from references(child)


def test_every_operation_is_described_and_every_reference_resolves():
    document = openapi.document(table.OPERATIONS)
    ids = [one["operationId"] for path in document["paths"].values() for one in path.values()]
    assert sorted(ids) == sorted(operation.id for operation in table.OPERATIONS)
    schemas = document["components"]["schemas"]
    for reference in references(document):
        assert reference.removeprefix("#/components/schemas/") in schemas
    assert json.loads(json.dumps(document)) == document


def test_a_change_says_that_it_takes_either_precondition():
    put = openapi.document(table.OPERATIONS)["paths"]["/admin/v1/registry/{path}"]["put"]
    named = {parameter["name"]: parameter["required"] for parameter in put["parameters"] if "required" in parameter}
    assert named == {"path": True, "If-Match": False, "If-None-Match": False}
    assert "registry-admin" in put["description"]


def test_a_body_is_required_where_an_empty_one_is_refused():
    paths = openapi.document(table.OPERATIONS)["paths"].values()
    required = {
        one["operationId"]: one["requestBody"]["required"]
        for path in paths
        for one in path.values()
        if "requestBody" in one
    }
    optional = {"policy.check", "policy.test", "policy.shadow", "policy.activate"}
    assert {name for name in optional if required[name]} == set()
    assert required["policy.eval"]
    assert required["policy.diff"]
    assert required["registry.activate"]
