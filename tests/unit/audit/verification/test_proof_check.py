from __future__ import annotations

import dataclasses

import orjson
import pytest

from proxy.audit.sealing.keys import AuditSigningKey
from proxy.audit.verification import proof
from proxy.audit.verification.proof import ProofError
from proxy.audit.verification.proof_check import check
from testing import proofs
from testing.proofs import KEY

NEW = AuditSigningKey.generate(KEY.origin)


@pytest.mark.parametrize("number", range(7))
def test_every_exchange_is_proven_with_the_public_key_alone(number):
    proven = check(proofs.some().proof(f"x{number}"), KEY.verifier)
    assert [fact.columns["kind"] for fact in proven.facts] == ["decision", "attempt", "outcome"]
    assert {fact.columns["exchange"] for fact in proven.facts} == {f"x{number}"}
    assert (proven.note.size, str(proven.key)) == (16, str(KEY.verifier))


@pytest.mark.parametrize("forgery", proofs.FORGERIES)
def test_forgery_is_refused(forgery):
    document = orjson.loads(proof.written(proofs.some().proof("x3")))
    proofs.FORGERIES[forgery](document)
    with pytest.raises(ProofError):
        check(proof.read(document), KEY.verifier)


def test_who_trusts_another_key_believes_nothing():
    one = proofs.some().proof("x3")
    for other in (AuditSigningKey.generate(KEY.origin), AuditSigningKey.generate("another/log")):
        with pytest.raises(ProofError):
            check(one, other.verifier)


def test_a_record_of_another_exchange_has_no_place_in_a_proof():
    one = proofs.some()
    other, wanted = one.proof("x1"), one.proof("x3")
    mixed = dataclasses.replace(
        wanted,
        records=tuple(dict.fromkeys((*wanted.records, *other.records))),
        seals=tuple(dict.fromkeys((*wanted.seals, *other.seals))),
    )
    with pytest.raises(ProofError, match="not of the exchange"):
        check(mixed, KEY.verifier)


def test_a_note_with_cosignatures_is_the_same_note():
    one = proofs.some().proof("x3")
    cosigned = dataclasses.replace(one, note=f"{one.note}— witness.example AAAA\n")
    assert check(cosigned, KEY.verifier) == check(one, KEY.verifier)


def rotated() -> proofs.Log:
    """A log in which NEW takes the place of KEY; a process of the old key opens a chain late, as a thief would."""
    log = proofs.Log()
    first = log.chain("proxy-a")
    first.add(proofs.exchange("x-old"))
    first.add([proofs.replaced(KEY, NEW)])
    log.chain("proxy-b", NEW).add(proofs.exchange("x-new"))
    log.chain("proxy-c", KEY).add(proofs.exchange("x-late"))
    return log


def of(log: proofs.Log, identity: str, signing: AuditSigningKey) -> proof.ExchangeProof:
    """The proof of an exchange without the chains that it does not need."""
    whole = log.proof(identity, signing)
    writers = {one.writer for one in whole.records if identity in one.body} | {"proxy-a"}
    return dataclasses.replace(
        whole,
        records=tuple(one for one in whole.records if one.writer in writers),
        seals=tuple(one for one in whole.seals if one.seal.batch.writer in writers),
    )


@pytest.mark.parametrize("trusted", [KEY, NEW])
@pytest.mark.parametrize("identity", ["x-old", "x-new"])
def test_who_trusts_one_key_of_the_line_believes_what_all_of_it_sealed(trusted, identity):
    assert check(of(rotated(), identity, NEW), trusted.verifier).exchange == identity


def test_a_chain_that_a_replaced_key_certified_counts_for_those_who_trust_that_key_alone():
    late = of(rotated(), "x-late", NEW)
    with pytest.raises(ProofError, match="was replaced before it certified"):
        check(late, NEW.verifier)
    assert check(late, KEY.verifier).exchange == "x-late"


def test_a_note_of_a_replaced_key_counts_for_those_who_trust_that_key_alone():
    former = of(rotated(), "x-old", KEY)
    with pytest.raises(ProofError, match="alone, which was replaced"):
        check(former, NEW.verifier)
    assert check(former, KEY.verifier).exchange == "x-old"


def test_without_the_change_of_keys_the_new_key_says_nothing_of_the_old_chain():
    whole = of(rotated(), "x-old", NEW)
    cut = dataclasses.replace(whole, records=tuple(one for one in whole.records if "audit_key_changed" not in one.body))
    with pytest.raises(ProofError):
        check(cut, NEW.verifier)


@pytest.mark.parametrize(
    "body", ["{}", "[]", "x", '{"columns": {"at": "y"}, "facts": {}}', '{"columns": 3, "facts": {}}']
)
def test_a_body_that_is_none_is_refused(body):
    one = proofs.some().proof("x3")
    changed = dataclasses.replace(one, records=(*one.records[:-1], one.records[-1]._replace(body=body)))
    with pytest.raises(ProofError):
        check(changed, KEY.verifier)
