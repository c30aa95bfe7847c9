from __future__ import annotations

from proxy.audit.sealing import seal, tree
from proxy.audit.sealing.certificate import certified
from proxy.audit.sealing.keys import AuditSigningKey
from proxy.audit.sealing.seal import BatchSealer, batch, unknown

SIGNING = AuditSigningKey.generate()
HASHES = [bytes([number]) * 32 for number in range(3)]


def test_batch_names_its_place_times_head_and_root():
    made = batch("w", 5, [10, 20, 15], HASHES)
    assert made == ("w", 5, 7, 10, 15, HASHES[-1], tree.root(HASHES))


def test_seal_counts_for_its_batch_writer_and_origin_alone():
    sealer = BatchSealer(SIGNING, "host")
    made = sealer.seal(batch("w", 1, [1, 2, 3], HASHES))
    key = sealer.certificate("w", 0).public()
    assert made.is_by(key, SIGNING.origin)
    assert not made.is_by(key, "elsewhere")
    assert not made.is_by(BatchSealer(SIGNING).certificate("w", 0).public(), SIGNING.origin)
    for change in ({"writer": "v"}, {"first_seq": 2}, {"last_at": 4}, {"head": bytes(32)}, {"root": bytes(32)}):
        assert not made._replace(batch=made.batch._replace(**change)).is_by(key, SIGNING.origin)


def test_a_signature_is_verified_once_and_no_other_passes_for_it():
    sealer = BatchSealer(SIGNING)
    made, key = sealer.seal(batch("w", 1, [1, 2, 3], HASHES)), sealer.certificate("w", 0).public()
    assert made.is_by(key, SIGNING.origin)
    before = seal._is_by.cache_info()
    assert made.is_by(sealer.certificate("w", 0).public(), SIGNING.origin)
    assert seal._is_by.cache_info() == before._replace(hits=before.hits + 1)
    assert not made._replace(signature=made.signature[::-1]).is_by(key, SIGNING.origin)


def test_leaf_holds_the_signature_too():
    made = BatchSealer(SIGNING).seal(batch("w", 1, [1, 2, 3], HASHES))
    assert made.leaf("o") != made._replace(signature=bytes(64)).leaf("o")


def test_every_process_has_a_key_of_its_own_and_one_certificate_a_chain():
    one, two = (BatchSealer(SIGNING).certificate("w", 0) for _ in range(2))
    assert one.key != two.key
    assert certified("w", one.facts(), SIGNING.verifier) == one


def test_sealer_without_the_installations_key_is_certified_by_nobody():
    made = unknown().certificate("w", 0)
    assert certified("w", made.facts(), SIGNING.verifier) is None
