from __future__ import annotations

import orjson
import pytest

from proxy.audit.verification import proof
from proxy.audit.verification.proof import ProofError, Timestamp
from testing import proofs

PROOF = proofs.some().proof("x3")


def test_what_was_written_is_read_again():
    for one in (PROOF, PROOF.__class__(**{**_fields(PROOF), "timestamps": (Timestamp("tsa.example", b"token"),)})):
        assert proof.read(orjson.loads(proof.written(one))) == one


def _fields(one) -> dict:
    return {name: getattr(one, name) for name in one.__slots__}


@pytest.mark.parametrize(
    "change",
    [
        lambda document: document.update(kind="other"),
        lambda document: document.pop("note"),
        lambda document: document.update(records=3),
        lambda document: document["records"][0].update(prev="AAAA"),
        lambda document: document["records"][0].update(prev="?"),
        lambda document: document["records"][0].update(seq="first"),
        lambda document: document["seals"][0].update(path=[1]),
        lambda document: document["seals"][0].pop("writer"),
    ],
)
def test_what_has_not_the_form_of_a_proof_is_refused(change):
    document = orjson.loads(proof.written(PROOF))
    change(document)
    with pytest.raises(ProofError):
        proof.read(document)
