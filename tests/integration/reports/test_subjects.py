from __future__ import annotations

from proxy.core.keyring import Keyring
from proxy.core.records import DeclaredFacts
from proxy.keys import kept_keys
from proxy.reports import subjects
from testing import evidence

OLD = Keyring(b"an old master key of more than 32 bytes")


async def test_a_keyed_reference_is_taken_as_it_is(reader):
    assert await subjects.found(reader, evidence.KEYRING, "hmac-sha256:k:aa", "") == (("hmac-sha256:k:aa",), None)


async def test_references_under_a_retired_key_are_found_for_its_tenant(reader, log, fresh_dsn):
    named = DeclaredFacts("support", subject_refs=("hmac-sha256:k:aa",))
    async with log.entry(evidence.exchange("x1", declared=named)) as entry:
        facts = evidence.facts(subject_refs=("hmac-sha256:k:aa",))
        entry.note(evidence.inspection(), facts, evidence.decision(permit=False, action="block", selected=None))
        entry.deny(evidence.DENIAL)
    await kept_keys.keep(fresh_dsn, evidence.KEYRING, OLD)
    of_acme, erased = await subjects.found(reader, evidence.KEYRING, "patient-7", "acme")
    assert erased is None
    assert set(OLD.digests(b"patient-7", "subject", "acme")) <= set(of_acme)
    assert set(evidence.KEYRING.digests(b"patient-7", "subject", "acme")) <= set(of_acme)
    assert not set(of_acme) & set((await subjects.found(reader, evidence.KEYRING, "patient-7", "mercy")).references)
