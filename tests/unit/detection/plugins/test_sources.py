from __future__ import annotations

import pytest

from proxy.detection.plugins.sources import OPERATORS, RECOGNIZERS, sources, versions
from proxy.errors import ConfigurationError


def test_nothing_is_there_by_itself():
    assert sources(OPERATORS, None) == sources(RECOGNIZERS, None) == []


def test_entry_points_and_files_are_one_list_whose_versions_are_told_unloaded(installed, tmp_path):
    installed("operators", zz_token="Missing")
    (tmp_path / "operators").mkdir()
    (tmp_path / "operators" / "aa_token.py").write_text("raise SystemExit")
    first, second = versions(OPERATORS, tmp_path)
    assert (first.id, second.id, second.version) == ("operator:aa_token", "operator:zz_token", "acme-privacy 1.2")
    assert first.version == first.ruleset_sha256[:12]
    assert versions(RECOGNIZERS, tmp_path) == ()


def test_a_changed_file_is_another_version(tmp_path):
    (tmp_path / "recognizers").mkdir()
    file = tmp_path / "recognizers" / "badge.py"
    file.write_text("A = 1")
    before = versions(RECOGNIZERS, tmp_path)
    file.write_text("A = 2")
    assert versions(RECOGNIZERS, tmp_path) != before


def test_a_file_gives_the_classes_that_it_defines_itself(tmp_path):
    (tmp_path / "operators").mkdir()
    (tmp_path / "operators" / "one.py").write_text("from pathlib import Path\n\nclass Mine:\n    pass\n")
    (one,) = sources(OPERATORS, tmp_path)
    assert [found.__name__ for found in one.load()] == ["Mine"]


def test_a_name_twice_and_an_odd_name_and_no_folder_are_refused(installed, tmp_path):
    with pytest.raises(ConfigurationError, match="PROXY_PLUGINS_DIR"):
        sources(OPERATORS, tmp_path / "nowhere")
    installed("operators", acme_token="Token")
    (tmp_path / "operators").mkdir()
    (tmp_path / "operators" / "acme_token.py").write_text("")
    with pytest.raises(ConfigurationError, match="acme_token is there twice"):
        sources(OPERATORS, tmp_path)
    (tmp_path / "operators" / "acme_token.py").rename(tmp_path / "operators" / "Acme-Token.py")
    with pytest.raises(ConfigurationError, match="Acme-Token"):
        sources(OPERATORS, tmp_path)
