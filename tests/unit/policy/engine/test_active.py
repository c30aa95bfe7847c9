from __future__ import annotations

import os

import pytest

from proxy.policy.bundles import bundle
from proxy.policy.engine.active import Active

DATA = {"revision": "d1"}


def source(word):
    return f'package compliance\nimport rego.v1\ndecision := "{word}"\n'


@pytest.fixture
def put(rego, tmp_path):
    def write(text):
        folder = rego({"main.rego": text})
        return bundle.write(tmp_path / "b.tar.gz", folder, None, DATA).revision

    return write


@pytest.fixture
def active(tmp_path):
    return Active(tmp_path / "b.tar.gz")


def decided(active):
    return active.loaded.engine.evaluate("compliance/decision", b"")


def test_nothing_there_is_refused_and_nothing_active(active):
    active.reload()
    assert active.loaded is None
    assert active.refusal.reason == "unreadable"
    assert active.status()["compliance"]["code"] == "bundle_error"


def test_reload_swaps_and_gives_back_the_old_engine(active, put):
    first = put(source("one"))
    assert active.reload() is None
    old = active.loaded
    assert (old.bundle.revision, decided(active)) == (first, "one")
    put(source("two"))
    assert active.changed()
    assert active.reload() is old.engine
    assert decided(active) == "two"
    assert not active.changed()


def test_bad_bundle_leaves_the_last_good_one(active, put, tmp_path):
    revision = put(source("one"))
    active.reload()
    (tmp_path / "b.tar.gz").write_bytes(b"rubbish")
    assert active.changed()
    assert active.reload() is None
    assert decided(active) == "one"
    status = active.status()["compliance"]
    assert status["active_revision"] == revision
    assert status["message"].startswith("unreadable")
    put(source("one"))
    active.reload()
    assert active.refusal is None


def test_bundle_that_does_not_compile_leaves_the_last_good_one(active, put):
    put(source("one"))
    active.reload()
    put("package compliance\nimport rego.v1\ndecision := nonsense(1)\n")
    active.reload()
    assert active.refusal.reason == "does_not_compile"
    assert decided(active) == "one"


def test_same_content_rewritten_keeps_the_engine(active, put, tmp_path):
    put(source("one"))
    active.reload()
    engine = active.loaded.engine
    os.utime(tmp_path / "b.tar.gz", (1, 1))
    assert active.changed()
    assert active.reload() is None
    assert active.loaded.engine is engine


def test_what_decides_nothing_without_an_input_is_active_all_the_same(active, put):
    put('package compliance\nimport rego.v1\ndecision := "one" if not input.a\ndecision := "two" if not input.b\n')
    active.reload()
    assert active.refusal is None
    assert active.loaded.engine.evaluate("compliance/decision", b'{"a": true}') == "two"
