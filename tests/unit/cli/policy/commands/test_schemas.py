from __future__ import annotations

import pytest

from proxy.cli.policy.commands import schemas


@pytest.mark.heavy
def test_it_names_what_it_wrote_and_the_metadata(tmp_path):
    answer = schemas.command(tmp_path)
    assert answer.ok
    assert str(tmp_path / "schemas" / "input.json") in answer.document["written"]
    assert "schema.input" in answer.document["annotations"]
    assert (tmp_path / "schemas" / "facts.json").is_file()
