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


FORM = """title: Rules
rules:
  - id: one
    title: A rule
    description: Why it is there.
    source: {title: House policy 1, url: "https://intranet.example/1"}
    when: {personal: true}
    deny: {}
"""


def test_a_form_in_the_overlay_is_a_module_with_its_twin(rego):
    folder = rego({"main.rego": "package a\n"})
    found = tree.read(folder, rego({"rules/night.yaml": FORM}, "ours"))
    name = "overlay/rules/night.rego"
    assert "package org.night\n" in found.modules[name]
    assert list(found.tests) == ["overlay/rules/night_test.rego"]
    denial = found.modules[name].splitlines().index("deny contains {") + 1
    assert found.where(name, denial).endswith("ours/rules/night.yaml:3")
    assert tree.unpacked(found.packed()).where(name, denial).endswith("night.yaml:3")
    effect = found.modules[name].splitlines().index('\t"code": "NIGHT_ONE",') + 1
    assert found.where(name, effect).endswith("night.yaml:8")
    condition = found.modules[name].splitlines().index("\tfacts.personal") + 1
    assert found.where(name, condition).endswith("night.yaml:7")


def test_a_form_beside_a_module_of_its_name_is_refused(rego):
    folder = rego({"main.rego": "package a\n"})
    with pytest.raises(BundleRefusedError, match="are the same module"):
        tree.read(folder, rego({"night.yaml": FORM, "night.rego": "package org.night\n"}, "ours"))


def test_the_library_has_no_forms(rego):
    assert list(tree.read(rego({"main.rego": "package a\n", "x.yaml": "not a form"})).modules) == ["main.rego"]


def test_rules_by_path_are_the_tree_of_their_folder(rego):
    sources = {"night/night.rego": "package org.night\n", "night/night_test.rego": "package org.night_test\n"}
    folder = rego({"main.rego": "package a\n"})
    by_path = tree.read(folder, sources)
    assert by_path.digest() == tree.read(folder, rego(sources, "ours")).digest()
    assert by_path.where("overlay/night/night.rego", 3) == "night/night.rego:3"
