from __future__ import annotations

import json
import os
import shutil
import subprocess

import pytest
import yaml

from proxy.policy.authoring import editor
from proxy.policy.decision import grid
from proxy.policy.engine.engine import PolicyEngine
from proxy.policy.engine.syntax import RegoParser

pytestmark = pytest.mark.heavy
OPA = os.environ.get("OPA_BIN") or shutil.which("opa")


@pytest.fixture
def written(tmp_path):
    editor.write(tmp_path)
    return tmp_path


def test_schemas_are_those_that_opa_accepts(written, data):
    """OPA verifies each; a trial input and a data document match."""
    document = {**next(iter(grid.questions(data, "2026-12-01T10:00:00Z")))}
    values = {"input": document, **data}
    with PolicyEngine({}, {}) as engine:
        for path in sorted((written / "schemas").rglob("*.json")):
            schema = json.loads(path.read_text())
            [verified] = engine.query("verified := json.verify_schema(input)", schema)
            assert verified["verified"][0], path
            if isinstance(values.get(path.stem), dict):
                query = "matched := json.match_schema(input.value, input.schema)"
                [matched] = engine.query(query, {"value": values[path.stem], "schema": schema})
                assert matched["matched"][0], (path, matched)


def test_the_metadata_parses_and_names_what_is_there(written):
    parser = RegoParser()
    source = f"{editor.package_metadata()}package org.house\n\nimport rego.v1\n"
    schemas = parser.parse("overlay/house.rego", source).metadata["schemas"]
    parser.close()
    for each in schemas:
        [(_, reference)] = each.items()
        assert (written / f"{reference.replace('schema.', 'schemas/', 1).replace('.', '/')}.json").is_file()


def test_a_configuration_that_is_there_stays(written):
    path = written / ".regal" / "config.yaml"
    assert yaml.safe_load(path.read_text())["project"] == {"rego-version": 1}
    path.write_text("rules: {}\n")
    editor.write(written)
    assert path.read_text() == "rules: {}\n"


@pytest.mark.skipif(OPA is None, reason="no OPA executable here")
def test_opa_refuses_what_cannot_be(written):
    source = (
        f'{editor.package_metadata()}package org.house\n\nimport rego.v1\n\ndeny contains "x" if input.{{}}.id == "a"\n'
    )
    for member, status in (("tenant", 0), ("tenat", 1)):
        (written / "house.rego").write_text(source.format(member))
        command = [str(OPA), "check", "--schema", str(written / "schemas"), str(written / "house.rego")]
        assert subprocess.run(command, check=False, capture_output=True).returncode == status
