from __future__ import annotations

import pytest

from proxy.cli.policy.commands import rules


@pytest.mark.heavy
def test_it_names_what_it_wrote_and_the_metadata(tmp_path):
    answer = rules.write_schemas(tmp_path)
    assert answer.ok
    assert str(tmp_path / "schemas" / "input.json") in answer.document["written"]
    assert "schema.input" in answer.document["annotations"]
    assert not (tmp_path / "schemas" / "facts.json").exists(), "nothing reads it"


def test_the_folder_is_the_configured_one(tmp_path, monkeypatch):
    monkeypatch.setattr(rules.options, "folders", lambda *_: (tmp_path, tmp_path / "ours"))
    rules.write_schemas(None)
    assert (tmp_path / "ours" / "schemas" / "input.json").is_file()
