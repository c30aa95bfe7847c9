from __future__ import annotations

import pytest

from proxy.policy.activation import gate
from proxy.policy.bundles import tree
from proxy.policy.faults import BundleRefusedError

pytestmark = pytest.mark.heavy


MAIN = "package shop\n\nimport rego.v1\n\ncheap if input.price < 10\n"
TEST = (
    'package shop_test\n\nimport rego.v1\n\nimport data.shop\n\ntest_cheap if shop.cheap with input as {"price": 3}\n'
)


def test_good_tree_is_proved_once(rego, tmp_path, monkeypatch):
    folder = rego({"main.rego": MAIN, "main_test.rego": TEST})
    memo = tmp_path / "state" / "proved"
    assert gate.prove(folder, None, memo).digest() == tree.read(folder).digest() == memo.read_text().split()[-1]

    def never(*_args, **_options):
        raise AssertionError("an unchanged tree is not proved again")

    monkeypatch.setattr(gate.proof, "run_child", never)
    gate.prove(folder, None, memo)


@pytest.mark.parametrize(
    ("files", "reason", "says"),
    [
        ({"main_test.rego": TEST.replace("3", "30")}, "tests", "test_cheap fails: undefined"),
        ({"main.rego": MAIN.replace("input.price", "price")}, "check", "unsafe"),
        ({"other.rego": MAIN.replace("shop", "other")}, "check", "twin test"),
    ],
)
def test_bad_tree_is_refused_with_its_reason(rego, files, reason, says):
    folder = rego({"main.rego": MAIN, "main_test.rego": TEST, **files})
    with pytest.raises(BundleRefusedError, match=says) as refused:
        gate.prove(folder, None)
    assert refused.value.reason == reason


def test_changed_tree_is_proved_again(rego, tmp_path):
    folder = rego({"main.rego": MAIN, "main_test.rego": TEST})
    gate.prove(folder, None, tmp_path / "memo")
    rego({"main_test.rego": TEST.replace("3", "30")})
    with pytest.raises(BundleRefusedError):
        gate.prove(folder, None, tmp_path / "memo")


@pytest.mark.parametrize("prover", ["0.0.9@opa-embedded/1.20.2\n", "", "\xff\n"])
def test_what_another_release_or_engine_proved_is_proved_again(rego, tmp_path, prover):
    folder, memo = rego({"main.rego": MAIN, "main_test.rego": TEST.replace("3", "30")}), tmp_path / "memo"
    read = tree.read(folder)
    memo.write_bytes(f"{prover}{gate.library_mark(read)}\n{read.digest()}".encode("latin-1"))
    assert not gate.remembered(memo, read.digest())
    with pytest.raises(BundleRefusedError, match="test_cheap fails"):
        gate.prove(folder, None, memo)


def ours(rego, price):
    test = TEST.replace("package ", "package org.").replace("data.shop", "data.org.shop").replace("3", str(price))
    return rego({"shop.rego": MAIN.replace("shop", "org.shop"), "shop_test.rego": test}, "ours")


def test_a_library_is_tested_once_whatever_overlays_come(rego, tmp_path, monkeypatch):
    folder, memo = rego({"main.rego": MAIN, "main_test.rego": TEST}), tmp_path / "memo"
    gate.prove(folder, None, memo)
    asked, output = [], gate.proof.run_child
    monkeypatch.setattr(
        gate.proof, "run_child", lambda command, *more: asked.append(command[-1]) or output(command, *more)
    )
    gate.prove(folder, ours(rego, 4), memo)
    with pytest.raises(BundleRefusedError, match="test_cheap fails"):
        gate.prove(folder, ours(rego, 40), memo)
    rego({"main_test.rego": TEST.replace("3", "30")})
    with pytest.raises(BundleRefusedError, match=r"main_test\.rego"):
        gate.prove(folder, ours(rego, 4), memo)
    assert asked == ["overlay", "overlay", str(folder)]


def test_checks_look_at_a_library_that_passed_beside_an_overlay_alone(rego, tmp_path):
    """What an overlay mends is no word on the library without it."""
    folder, memo = rego({"main.rego": MAIN, "main_test.rego": TEST}), tmp_path / "memo"
    gate.prove(folder, ours(rego, 4), memo)
    assert not gate.remembered(memo, tree.read(folder).digest())


def test_what_is_proved_is_what_was_read_whatever_happens_to_the_files_meanwhile(rego, tmp_path, monkeypatch):
    folder = rego({"main.rego": MAIN, "main_test.rego": TEST})
    as_read = tree.read(folder)
    output = gate.proof.run_child

    def swapped(*asked):
        rego({"main.rego": MAIN.replace("< 10", "< 1000")})  # an open door, put there while the checks run
        return output(*asked)

    monkeypatch.setattr(gate.proof, "run_child", swapped)
    assert gate.prove(folder, None, tmp_path / "memo") == as_read
    assert gate.remembered(tmp_path / "memo", as_read.digest())
    assert not gate.remembered(tmp_path / "memo", tree.read(folder).digest())


def test_checks_that_do_not_end_refuse(rego, monkeypatch):
    folder = rego({"main.rego": MAIN, "main_test.rego": TEST})
    monkeypatch.setattr(gate, "_LONGEST_S", 0.001)
    with pytest.raises(BundleRefusedError, match="did not complete"):
        gate.prove(folder, None)
