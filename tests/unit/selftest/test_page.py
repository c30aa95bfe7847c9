"""The page and the document of a self-test are signed, say what failed, and hold what anybody says as text."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from proxy.audit.sealing.keys import AuditSigningKey
from proxy.reports import statement
from proxy.selftest import page, plants, spoken
from proxy.selftest.page import Result
from proxy.selftest.sink import Received
from proxy.selftest.trial import Exchanged

NOW = datetime(2026, 12, 1, tzinfo=UTC)
CHAT = next(one for one in spoken.every() if one.api.name == "openai_chat")


def rows(leaking):
    """Return the rows of one exchange, of which the target outside received everything or nothing."""
    plant = plants.new_plant(plants.PERSON)
    sent = Received("outside", "/", {}, CHAT.request(plant.text if leaking else "nothing", "m")[1])
    shown = {"x-compliance-exchange": "x1", "x-compliance-action": "redact_and_forward"}
    record = {"decision": {"action": "redact_and_forward", "codes": ["A"]}, "outcome": {"target": "selftest/outside"}}
    one = Exchanged(CHAT, plant, 200, shown, CHAT.reply(plant.text), [sent], record)
    return page.rows([one], [sent])


def test_a_right_exchange_passes_and_says_what_was_seen():
    (row,) = rows(leaking=False)
    assert row["faults"] == []
    assert (row["received"], row["returned"], row["received_by"]) == (
        ["nothing"],
        "as it was sent",
        "the target outside",
    )
    assert row["on_record"] == "redact_and_forward selftest/outside A"
    assert Result("u", NOW, [row], proven=True).verdict == "passed: 1 exchanges in 1 ways of asking"


def test_page_and_document_are_signed_and_say_what_failed():
    key = AuditSigningKey.generate("o")
    result = Result("http://proxy.example/<b>", NOW, rows(leaking=True), proven=False, signing=key)
    document, html = json.loads(json.dumps(result.document())), result.page()
    assert result.verdict.startswith("FAILED: 1 of 1")
    assert statement.flaw(document, key.verifier) is None
    assert statement.flaw(json.loads(json.dumps(result.companion(html))), key.verifier, html) is None
    document["rows"][0]["faults"] = []
    assert statement.flaw(document, key.verifier) is statement.Flaw.ROWS
    assert b"the target outside received 5 of 5 values" in html
    assert b"&lt;b&gt;" in html
    assert b"<b>" not in html


def test_nothing_tried_is_no_pass():
    assert Result("u", NOW, [], proven=False).verdict.startswith("FAILED")


def test_without_a_key_it_says_that_it_is_not_signed():
    result = Result("u", NOW, rows(leaking=False), proven=False)
    assert result.document()["signature"] == ""
    assert b"not signed" in result.page()
