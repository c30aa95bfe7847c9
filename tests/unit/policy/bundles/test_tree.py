from __future__ import annotations

import pytest

from proxy.policy.bundles import tree
from proxy.policy.faults import BundleRefusedError


def test_read_keeps_tests_apart_and_skips_hidden(rego):
    folder = rego({"main.rego": "package a\n", "main_test.rego": "package a_test\n", ".cache/x.rego": "package x\n"})
    found = tree.read(folder)
    assert list(found.modules) == ["main.rego"]
    assert list(found.tests) == ["main_test.rego"]


def test_read_prefixes_the_overlay(rego):
    folder = rego({"main.rego": "package a\n"})
    overlay = rego({"night/night.rego": "package org.night\n"}, "ours")
    found = tree.read(folder, overlay)
    assert "overlay/night/night.rego" in found.modules
    assert found.where("overlay/night/night.rego", 3).endswith("ours/night/night.rego:3")


def test_digest_changes_with_a_test(rego):
    folder = rego({"main.rego": "package a\n", "main_test.rego": "package a_test\n"})
    before = tree.read(folder).digest()
    rego({"main_test.rego": "package a_test\n# more\n"})
    assert tree.read(folder).digest() != before


@pytest.mark.parametrize("overlay", [None, "missing"])
def test_read_missing_folder_is_refused(tmp_path, rego, overlay):
    folder = rego({"main.rego": "package a\n"}) if overlay else tmp_path / "nowhere"
    with pytest.raises(BundleRefusedError) as refused:
        tree.read(folder, tmp_path / overlay if overlay else None)
    assert refused.value.reason == "unreadable"


def test_read_of_other_encoding_is_refused(rego):
    folder = rego({"main.rego": "package a\n"})
    (folder / "main.rego").write_bytes(b"package a # \xff")
    with pytest.raises(BundleRefusedError):
        tree.read(folder)
