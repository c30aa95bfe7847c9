from __future__ import annotations

import io
import tarfile

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from proxy.errors import ConfigurationError
from proxy.policy.activation import activation, proof
from proxy.policy.bundles import bundle
from proxy.policy.faults import BundleRefusedError

pytestmark = pytest.mark.heavy


MAIN = "package shop\n\nimport rego.v1\n\ncheap if input.price < 10\n"
TEST = (
    'package shop_test\n\nimport rego.v1\n\nimport data.shop\n\ntest_cheap if shop.cheap with input as {"price": 3}\n'
)
DATA = {"revision": "d1"}


@pytest.fixture(autouse=True)
def decided(monkeypatch):
    """These policies decide nothing: deciding has tests of its own (test_proof.py)."""
    asked = []

    def prove(packed, before, terms, _at):
        asked.append((packed.read_bytes(), before, terms))
        return proof.Proof(3, (("forward → block", 2),))

    monkeypatch.setattr(activation.proof, "prove", prove)
    return asked


@pytest.fixture
def folder(rego):
    return rego({"main.rego": MAIN, "main_test.rego": TEST})


@pytest.fixture
def keys(tmp_path):
    key = ed25519.Ed25519PrivateKey.generate()
    private, public = tmp_path / "key.pem", tmp_path / "key.pub"
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    public.write_bytes(
        key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    return private, public


@pytest.fixture
def place(tmp_path):
    return lambda **options: activation.BundlePaths(tmp_path / "run" / "b.tar.gz", tmp_path / "kept", **options)


def test_proved_policies_come_into_force_and_are_kept(place, folder):
    where = place()
    info = activation.renew(where, folder, None, lambda: DATA)
    outcome = activation.last(where.status)
    assert bundle.read(where.path).revision == info.revision == outcome.revision
    assert outcome.active
    assert activation.archived(where.archive, info.revision).read_bytes() == where.path.read_bytes()


@pytest.mark.parametrize(
    ("changed", "data", "reason"),
    [
        ({"main_test.rego": TEST.replace("3", "30")}, DATA, "tests"),
        ({"main.rego": MAIN.replace("input.price", "price")}, DATA, "check"),
        ({"other.rego": "package other\n"}, DATA, "check"),
        ({}, {"revision": "d2", "targets": {"a": None}}, "null_in_data"),
    ],
)
def test_what_is_refused_leaves_the_last_good_one_and_says_why(place, folder, rego, changed, data, reason):
    where = place()
    info = activation.renew(where, folder, None, lambda: DATA)
    before = where.path.read_bytes()
    rego(changed)
    with pytest.raises(BundleRefusedError):
        activation.renew(where, folder, None, lambda: data)
    outcome = activation.last(where.status)
    assert where.path.read_bytes() == before
    assert (outcome.active, outcome.reason, outcome.revision) == (False, reason, info.revision)


def test_signed_bundle_is_verified_before_it_is_in_force(place, folder, keys):
    private, public = keys
    where = place(signing=private, verification=public)
    info = activation.renew(where, folder, None, lambda: DATA)
    assert bundle.read(where.path, public.read_bytes()).revision == info.revision


def test_key_that_does_not_fit_refuses(place, folder, keys, tmp_path):
    _, public = keys
    other = tmp_path / "other.pem"
    other.write_bytes(
        ed25519.Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    with pytest.raises(BundleRefusedError) as refused:
        activation.renew(place(signing=other, verification=public), folder, None, lambda: DATA)
    assert refused.value.reason == "signature"
    assert not place().path.exists()
    with pytest.raises(BundleRefusedError, match="cannot be read"):
        activation.renew(place(signing=tmp_path / "none", verification=public), folder, None, lambda: DATA)


def test_only_bundles_signed_elsewhere_where_there_is_no_signing_key(place, folder, keys):
    private, public = keys
    where = place(verification=public)
    with pytest.raises(BundleRefusedError, match="signed elsewhere"):
        activation.renew(where, folder, None, lambda: DATA)
    signing = bundle.BundleSigningKey(private.read_bytes())
    made = bundle.write(where.path.with_name("given"), folder, None, DATA, signing=signing)
    packed = where.path.with_name("given").read_bytes()
    assert activation.install(where, packed).revision == made.revision
    assert where.current().revision == made.revision


def test_bundle_from_elsewhere_needs_key_and_signature(place, folder, keys):
    bundle.write(place().path.with_name("given"), folder, None, DATA)
    packed = place().path.with_name("given").read_bytes()
    for where in (place(), place(verification=keys[1])):
        with pytest.raises(BundleRefusedError) as refused:
            activation.install(where, packed)
        assert refused.value.reason == "signature"
        assert where.current() is None
    assert not place().path.exists()


def rewritten_names(made):
    with tarfile.open(made) as tar:
        return tar.getnames()


def rewritten(made, change):
    """A bundle file whose members are what ``change`` makes of their names and contents."""
    with tarfile.open(made) as tar:
        members = {one.name: tar.extractfile(one).read() for one in tar.getmembers() if one.isfile()}
    altered = made.with_name("altered.tar.gz")
    with tarfile.open(altered, "w:gz") as tar:
        for name, content in change(members).items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return altered


def test_a_revision_of_one_region_is_in_force_in_another_as_it_is_and_refused_when_altered(
    place, folder, keys, tmp_path
):
    private, public = keys
    ours = activation.BundlePaths(
        tmp_path / "a" / "b.tar.gz", tmp_path / "a" / "kept", signing=private, verification=public
    )
    exported = activation.renew(ours, folder, None, lambda: DATA | {"tenants": {"acme": {"region": "EU"}}})
    theirs = place(verification=public)
    received = activation.archived(ours.archive, exported.revision)
    assert activation.install(theirs, received.read_bytes()).digest == exported.digest
    in_force = theirs.path.read_bytes()
    data = next(name for name in rewritten_names(received) if name.endswith("data.json"))
    rule = next(name for name in rewritten_names(received) if name.endswith("main.rego"))
    for change in (
        lambda members: members | {data: members[data].replace(b'"EU"', b'"US"')},
        lambda members: members | {rule: members[rule].replace(b"10", b"99")},
        lambda members: {name: content for name, content in members.items() if name != rule},
        lambda members: members | {"/more.rego": b"package more\n"},
        lambda members: {name: content for name, content in members.items() if "signatures" not in name},
    ):
        with pytest.raises(BundleRefusedError) as refused:
            activation.install(theirs, rewritten(received, change).read_bytes())
        assert refused.value.reason == "signature"
        assert theirs.path.read_bytes() == in_force


def test_trusted_policies_are_not_proved(place, folder, rego):
    rego({"main_test.rego": TEST.replace("3", "30")})
    activation.renew(place(), folder, None, lambda: DATA, trusted=True)
    assert place().current() is not None


def test_an_overlay_over_a_trusted_library_is_proved_without_the_librarys_tests(place, folder, rego):
    rego({"main_test.rego": TEST.replace("3", "30")})
    test = TEST.replace("package ", "package org.").replace("data.shop", "data.org.shop")
    ours = {"shop.rego": MAIN.replace("shop", "org.shop"), "shop_test.rego": test}
    info = activation.renew(place(), folder, rego(ours, "ours"), lambda: DATA, trusted=True)
    assert place().current().revision == info.revision
    rego({"shop_test.rego": test.replace("3", "30")}, "ours")
    with pytest.raises(BundleRefusedError, match="test_cheap fails"):
        activation.renew(place(), folder, rego({}, "ours"), lambda: DATA, trusted=True)


def test_fault_of_the_data_is_passed_on(place, folder):
    def data():
        raise ConfigurationError("registry.yaml: targets")

    with pytest.raises(ConfigurationError):
        activation.renew(place(), folder, None, data, trusted=True)
    assert not place().path.exists()


@pytest.mark.parametrize("content", [b"", b"{", b'{"odd": 1}'])
def test_unreadable_status_is_no_status(tmp_path, content):
    (tmp_path / "s").write_bytes(content)
    assert activation.last(tmp_path / "s") is None
    assert activation.last(tmp_path / "none") is None


def test_status_names_the_registry_whose_data_is_in_force(place, folder, rego):
    where = place()
    activation.renew(where, folder, None, lambda: DATA, registry="r1")
    assert activation.last(where.status).registry == "r1"
    rego({"main_test.rego": TEST.replace("3", "30")})
    with pytest.raises(BundleRefusedError):
        activation.renew(where, folder, None, lambda: DATA, registry="r2")
    outcome = activation.last(where.status)
    assert (outcome.active, outcome.registry) == (False, "r1")
    activation.refused(where, "catalog", "x")
    assert activation.last(where.status).registry == "r1"


def test_what_a_release_has_proved_need_not_be_proved_for_new_data(place, folder, monkeypatch):
    where = place()
    activation.renew(where, folder, None, lambda: DATA, trusted=True)

    def run(*_command):
        raise AssertionError("an unchanged tree is not proved again")

    monkeypatch.setattr(activation.gate.proof, "run_child", run)
    info = activation.renew(where, folder, None, lambda: {"revision": "d2"})
    assert where.current().revision == info.revision
    assert activation.archived_revisions(where.archive) >= {info.revision}
    assert len(activation.archived_revisions(where.archive)) == 2
    assert activation.archived_revisions(where.archive / "none") == frozenset()


def test_a_bundle_decides_before_it_is_in_force_and_says_what_changes(place, folder, decided):
    where = place()
    info = activation.renew(where, folder, None, lambda: DATA)
    outcome = activation.last(where.status)
    assert (outcome.decided, outcome.changes) == (3, (("forward → block", 2),))
    assert decided == [(where.path.read_bytes(), None, where.terms)]
    second = activation.renew(where, folder, None, lambda: {"revision": "d2"})
    assert second.revision != info.revision
    assert decided[1][1] == where.path


def test_a_bundle_that_decided_once_is_not_asked_again(place, folder, decided):
    for _ in range(2):
        activation.renew(place(), folder, None, lambda: DATA)
    assert len(decided) == 1
    assert activation.last(place().status).decided == 0
    activation.renew(place(terms=proof.ProofTerms(0.5)), folder, None, lambda: DATA)
    assert len(decided) == 2, "another deadline is another question"


def test_a_bundle_that_does_not_decide_never_comes_into_force(place, folder, monkeypatch):
    where = place()
    info = activation.renew(where, folder, None, lambda: DATA)

    def prove(*_):
        raise BundleRefusedError("conflict", "request of a/b: eval_conflict_error")

    monkeypatch.setattr(activation.proof, "prove", prove)
    with pytest.raises(BundleRefusedError, match="eval_conflict_error"):
        activation.renew(where, folder, None, lambda: {"revision": "d2"})
    outcome = activation.last(where.status)
    assert (outcome.active, outcome.reason, outcome.revision) == (False, "conflict", info.revision)
    assert bundle.read(where.path).revision == info.revision
    assert [path.name for path in where.path.parent.iterdir() if "candidate" in path.name] == []
