from __future__ import annotations

import gzip
import io
import tarfile

import orjson
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from proxy.policy.bundles import bundle, tree
from proxy.policy.faults import BundleRefusedError

MAIN = "package compliance\nimport rego.v1\ndecision := data.bundle.revision\n"
NIGHT = 'package org.night\nimport rego.v1\ndeny contains {"code": "NIGHT"} if input.night\n'
TWIN = "package org.night_test\n"
DATA = {"revision": "d1", "targets": {}}


@pytest.fixture
def folder(rego):
    return rego({"main.rego": MAIN, "main_test.rego": "package compliance_test\n"})


def names(path):
    with tarfile.open(path) as archive:
        return {entry.name: archive.extractfile(entry).read() for entry in archive}


def test_write_gives_what_opa_loads(folder, tmp_path):
    info = bundle.write(tmp_path / "b.tar.gz", folder, None, DATA)
    files = names(tmp_path / "b.tar.gz")
    assert set(files) == {"/.manifest", "/data.json", "/main.rego"}
    manifest, data = orjson.loads(files["/.manifest"]), orjson.loads(files["/data.json"])
    assert manifest["revision"] == info.revision
    assert manifest["roots"] == ["bundle", "compliance", "revision", "targets"]
    assert manifest["metadata"] == {"name": "compliance", "data_revision": "d1"}
    digest = data["bundle"].pop("digest")
    assert data["bundle"] == {"name": "compliance", "revision": info.revision, "org": []}
    assert len(digest) == 64
    assert digest.startswith(info.revision)


def test_equal_content_gives_equal_bytes(folder, tmp_path):
    first = bundle.write(tmp_path / "1.tar.gz", folder, None, DATA)
    second = bundle.write(tmp_path / "2.tar.gz", folder, None, dict(reversed(DATA.items())))
    assert first == second
    assert (tmp_path / "1.tar.gz").read_bytes() == (tmp_path / "2.tar.gz").read_bytes()


@pytest.mark.parametrize("change", ["module", "data", "name of a module"])
def test_other_content_gives_another_revision(folder, rego, tmp_path, change):
    before = bundle.write(tmp_path / "b.tar.gz", folder, None, DATA).revision
    if change == "module":
        rego({"main.rego": MAIN + "# changed\n"})
    elif change == "name of a module":
        (folder / "main.rego").rename(folder / "other.rego")
    data = {**DATA, "revision": "d2"} if change == "data" else DATA
    assert bundle.write(tmp_path / "b.tar.gz", folder, None, data).revision != before


def test_tests_do_not_change_the_revision(folder, rego, tmp_path):
    before = bundle.write(tmp_path / "b.tar.gz", folder, None, DATA)
    rego({"main_test.rego": "package compliance_test\n# changed\n"})
    assert bundle.write(tmp_path / "b.tar.gz", folder, None, DATA) == before


def test_overlay_is_beside_the_library_and_named(folder, rego, tmp_path):
    helper = "package org.lib.words\nimport rego.v1\nx := 1\n"
    overlay = rego({"night/night.rego": NIGHT, "night/night_test.rego": TWIN, "lib/words.rego": helper}, "ours")
    bundle.write(tmp_path / "b.tar.gz", folder, overlay, DATA)
    files = names(tmp_path / "b.tar.gz")
    assert "/overlay/night/night.rego" in files
    assert "/overlay/night/night_test.rego" not in files
    assert orjson.loads(files["/data.json"])["bundle"]["org"] == ["night"]
    assert "org" in orjson.loads(files["/.manifest"])["roots"]


def test_overlay_in_the_librarys_package_is_refused(folder, rego, tmp_path):
    overlay = rego({"x.rego": MAIN}, "ours")
    with pytest.raises(BundleRefusedError) as refused:
        bundle.write(tmp_path / "b.tar.gz", folder, overlay, DATA)
    assert refused.value.reason == "overlay"
    assert not (tmp_path / "b.tar.gz").exists()


def test_null_in_data_is_refused_with_its_place(folder, tmp_path):
    data = {**DATA, "targets": {"a/b": {"dpa": [{"expires": None}]}}}
    with pytest.raises(BundleRefusedError, match="/targets/a/b/dpa/0/expires") as refused:
        bundle.write(tmp_path / "b.tar.gz", folder, None, data)
    assert refused.value.reason == "null_in_data"


def test_read_gives_back_what_was_written(folder, tmp_path):
    info = bundle.write(tmp_path / "b.tar.gz", folder, None, DATA)
    read = bundle.read(tmp_path / "b.tar.gz")
    assert (read.name, read.revision, read.digest) == ("compliance", info.revision, info.digest)
    assert read.modules == {"main.rego": MAIN}
    assert read.data["revision"] == "d1"


def test_read_accepts_a_folder(folder, tmp_path):
    revision, files = bundle.contents(tree.read(folder), DATA)
    for name, content in files.items():
        (tmp_path / "laid").mkdir(exist_ok=True)
        (tmp_path / "laid" / name).write_bytes(content)
    assert bundle.read(tmp_path / "laid").revision == revision


def repack(path, **changes):
    files = {name.lstrip("/"): content for name, content in names(path).items()}
    files |= changes.pop("files", {})
    for name in changes.pop("without", ()):
        del files[name]
    path.write_bytes(bundle.pack(files))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"without": [".manifest"]}, "unreadable"),
        ({"without": ["data.json"]}, "unreadable"),
        ({"without": ["main.rego"]}, "unreadable"),
        ({"files": {"data.json": b"{"}}, "unreadable"),
        ({"files": {"data.json": b'{"revision": null, "bundle": {"revision": "x"}}'}}, "null_in_data"),
        ({"files": {"stray.rego": b"package stray\n"}}, "roots"),
        ({"files": {"data.json": b'{"revision": "d1", "targets": {}, "bundle": {"revision": "x"}}'}}, "unreadable"),
    ],
)
def test_read_refuses_odd_bundles(folder, tmp_path, changes, reason):
    bundle.write(tmp_path / "b.tar.gz", folder, None, DATA)
    repack(tmp_path / "b.tar.gz", **changes)
    with pytest.raises(BundleRefusedError) as refused:
        bundle.read(tmp_path / "b.tar.gz")
    assert refused.value.reason == reason


def test_read_refuses_a_bundle_that_inflates(tmp_path, monkeypatch):
    monkeypatch.setattr(bundle, "MAX_BYTES", 1000)
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as archive:
        entry = tarfile.TarInfo("/data.json")
        entry.size = 100_000
        archive.addfile(entry, io.BytesIO(bytes(100_000)))
    (tmp_path / "b.tar.gz").write_bytes(gzip.compress(plain.getvalue()))
    with pytest.raises(BundleRefusedError, match="larger"):
        bundle.read(tmp_path / "b.tar.gz")


@pytest.mark.parametrize("content", [b"", b"no gzip", gzip.compress(b"no tar")], ids=["empty", "no gzip", "no tar"])
def test_read_refuses_what_is_no_bundle(tmp_path, content):
    (tmp_path / "b.tar.gz").write_bytes(content)
    with pytest.raises(BundleRefusedError):
        bundle.read(tmp_path / "b.tar.gz")


def test_signed_bundle_is_read_with_the_key_only(folder, tmp_path):
    key = ed25519.Ed25519PrivateKey.generate()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    path = tmp_path / "b.tar.gz"
    info = bundle.write(path, folder, None, DATA, signing=bundle.BundleSigningKey(pem))
    assert bundle.read(path, public).revision == info.revision
    repack(path, files={"main.rego": MAIN.encode() + b"# more\n"})
    with pytest.raises(BundleRefusedError) as refused:
        bundle.read(path, public)
    assert refused.value.reason == "signature"
