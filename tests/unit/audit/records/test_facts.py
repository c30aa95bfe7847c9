from __future__ import annotations

from dataclasses import replace

import pytest

from proxy.audit.records import facts as say
from proxy.core.records import Grant
from testing import evidence


def digests() -> say.Digests:
    return say.Digests(evidence.KEYRING)


def test_digests_equal_the_keyrings():
    assert digests().of(b"x", "audit-content", "acme") == evidence.KEYRING.digest(b"x", "audit-content", "acme")
    assert digests().of(b"", "audit-content", "acme") == ""


def test_content_differs_between_tenants_and_requests():
    payload = evidence.inspection().payload
    other = replace(payload, spans=(payload.spans[0]._replace(text="another"),))
    made = {
        say.content(payload, digests(), "acme"),
        say.content(payload, digests(), "b"),
        say.content(other, digests(), "acme"),
    }
    assert len(made) == 3


def test_recordable_replaces_a_model_or_label_that_is_no_name():
    free = evidence.facts(operation=("chat", "Ada Lovelace", False, False, False), labels=("ok", "a b"))
    kept = say.recordable(free, digests())
    assert kept.operation[1].startswith("hmac-sha256:k-")
    assert kept.labels[0] == "ok"
    assert kept.labels[1].startswith("hmac-sha256:k-")


def test_recordable_keeps_plain_facts_themselves():
    plain = evidence.facts()
    assert say.recordable(plain, digests()) is plain


def test_upstream_request_id_with_free_text_is_digested():
    told = say.attempted(replace(evidence.COMPLETE, upstream_request_id="for Ada Lovelace"), digests())
    assert told["upstream_request_id"].startswith("hmac-sha256:")


def test_remarks_are_counted_without_paths_or_values():
    sent = evidence.outbound("x")
    told = say.intended(replace(sent, remarks=sent.remarks * 3), digests(), "acme")
    assert told["remarks"] == [
        {"entity_type": "PERSON", "operator": "pseudonymize", "obligation": "o-pseudonymize", "count": 3}
    ]
    assert evidence.CANARY not in repr(told)


def test_the_caller_names_the_grant():
    grant = Grant("bg_aaaaaaaaaaaa", "T-1", "bob", mfa=True, role_ok=True, expires=1)
    assert say.caller(evidence.exchange("x", grant=grant), digests())["break_glass"] == "bg_aaaaaaaaaaaa"
    assert "break_glass" not in say.caller(evidence.exchange("x"), digests())


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("https://eu.example.com/v1", "eu.example.com"),
        ("http://127.0.0.1:8000/v1", "127.0.0.1:8000"),
        ("https://user:secret@eu.example.com:8443/v1", "eu.example.com:8443"),
        ("", ""),
    ],
)
def test_an_attempt_says_to_which_host_the_bytes_go(address, host):
    outbound = evidence.outbound("e1")
    sent = replace(outbound, target=replace(outbound.target, base_url=address))
    assert say.intended(sent, digests(), "acme")["host"] == host
