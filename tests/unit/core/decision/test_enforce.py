from __future__ import annotations

import random
import re
from dataclasses import replace

import orjson
import pytest

from proxy.codecs.openai.apis import CHAT, EMBEDDINGS
from proxy.core.decision.enforce import Enforcement, EnforcementPlans, enforce, refusal
from proxy.core.decision.inspection import inspect
from proxy.core.deidentification import residual, transform_memory
from proxy.core.deidentification.pieces import keyed_digest
from proxy.core.deidentification.pseudonyms import Minter
from proxy.core.deidentification.transform_memory import TransformMemory
from proxy.core.deidentification.transform_plan import TransformTerms
from proxy.core.findings import Detection, Finding, SegmentFindings, Status
from proxy.core.obligations import REDISCLOSURE
from proxy.core.records import Denial, Obligation, Outbound, TargetVerdict
from proxy.core.targets.regions import ExpectedOrigin
from proxy.core.wire import Incoming
from testing.fakes import CANARY, FakeDetector, catalog, chat, decision, target

CODEC = CHAT
SCAN = FakeDetector().scan


def tools(scan, encode=CODEC.encode):
    minter, terms = Minter(b"k" * 32), TransformTerms(year=2026)
    return Enforcement("x1", encode, minter, scan, terms, CODEC.outgoing_texts, add_statement=CODEC.with_statement)


def made(*obligations, body=b"", chosen=None, scan=SCAN, encode=CODEC.encode, **changes):
    payload = CODEC.decode(Incoming(body or chat(f"to {CANARY}")))
    segments = tuple(SegmentFindings(FakeDetector().scan(span.text)) for span in payload.spans)
    inspection = inspect(payload, Detection(segments, Status.COMPLETE), {})
    verdict = TargetVerdict("a", True, 0, (), obligations)
    return enforce(
        inspection, decision("a", (verdict,), "forward", **changes), chosen or catalog(), tools(scan, encode)
    )


def test_untouched():
    outbound = made()
    assert isinstance(outbound, Outbound)
    assert (outbound.target.id, outbound.guarded, outbound.pseudonyms, outbound.remarks) == ("a", False, {}, ())
    assert CANARY.encode() in outbound.wire.body


@pytest.mark.parametrize("kind", ["redact", "mask", "pseudonymize", "generalize"])
def test_transforms_take_the_value_out(kind):
    outbound = made(Obligation("o", kind), Obligation("r", "residual_scan"))
    assert isinstance(outbound, Outbound)
    assert CANARY.encode() not in outbound.wire.body
    assert outbound.fulfilled == ("o", "r")
    assert [(remark.entity_type, remark.operator) for remark in outbound.remarks] == [("EMAIL_ADDRESS", kind)]
    assert CANARY not in repr(outbound.remarks)


def test_pseudonyms_are_kept_only_when_they_are_to_be_put_back():
    assert made(Obligation("o", "pseudonymize")).pseudonyms == {}
    assert list(made(Obligation("o", "pseudonymize"), Obligation("r", "reidentify_response")).pseudonyms.values()) == [
        CANARY
    ]


@pytest.mark.parametrize("kind", ["response_scan", "stream_guard"])
def test_guarded(kind):
    outbound = made(Obligation("o", kind))
    assert (outbound.guarded, outbound.fulfilled) == (True, ())


@pytest.mark.parametrize(
    ("obligations", "code"),
    [
        ([Obligation("o", "levitate")], "OBLIGATION_UNSUPPORTED"),
        ([Obligation("o", "redact"), Obligation("p", "")], "OBLIGATION_UNSUPPORTED"),
        ([Obligation("o", "deidentify", profile="atlantis")], "OBLIGATION_UNSUPPORTED"),
        ([Obligation("o", "deidentify")], "OBLIGATION_UNSUPPORTED"),
        ([Obligation("o", "log", on="deny"), Obligation("p", "unknown", on="deny")], "OBLIGATION_UNSUPPORTED"),
    ],
)
def test_an_obligation_that_cannot_be_carried_out_denies(obligations, code):
    denial = made(*obligations)
    assert isinstance(denial, Denial)
    assert (denial.status, denial.code) == (403, code)


def test_a_target_nobody_knows_denies():
    assert made(chosen=catalog(target("b"))).code == "TARGET_UNREGISTERED"


def test_a_target_that_does_not_serve_the_model_denies():
    assert made(chosen=catalog(target("a", models={"x": "y"}))).code == "OPERATION_UNSUPPORTED"


def test_a_residual_finding_denies_with_its_count():
    def scan(text):
        return FakeDetector().scan("left@example.com") if "[EMAIL_ADDRESS]" in text else ()

    denial = made(
        Obligation("o", "redact"), Obligation("r", "residual_scan"), body=chat(f"to {CANARY} and others"), scan=scan
    )
    assert (denial.code, denial.residual) == ("RESIDUAL_PII", 1)
    assert isinstance(made(Obligation("o", "redact"), scan=scan), Outbound)  # not obliged, not looked for


def test_what_detection_took_for_nothing_is_not_left_over():
    def dropped(text):
        found = re.search("elif", text)
        others = FakeDetector().scan(text)
        return (*others, Finding("EMAIL_ADDRESS", *found.span(), 0.9, "t")) if found else others

    obligations = Obligation("o", "redact"), Obligation("r", "residual_scan")
    assert isinstance(made(*obligations, body=chat(f"to {CANARY} elif x"), scan=dropped), Outbound)

    def anew(text):
        return (Finding("EMAIL_ADDRESS", 0, len(text), 0.9, "t"),) if "[EMAIL_ADDRESS]" in text else ()

    assert made(*obligations, body=chat(f"to {CANARY} elif x"), scan=anew).code == "RESIDUAL_PII"


@pytest.mark.parametrize(
    "added", [f', "metadata": {{"x": "{CANARY}"}}', f', "metadata": {{"{CANARY}": 1}}', f', "stop": ["a {CANARY}"]']
)
def test_what_the_encoded_body_holds_is_looked_through(added):
    """Whatever writes the body: a value that was taken out of the texts and stands in what would leave denies."""

    def encode(payload, texts, model):
        wire = CODEC.encode(payload, texts, model)
        return replace(wire, body=wire.body[:-1] + added.encode() + b"}")

    payload = CODEC.decode(Incoming(chat(f"to {CANARY}")))
    segments = tuple(SegmentFindings(FakeDetector().scan(span.text)) for span in payload.spans)
    inspection = inspect(payload, Detection(segments, Status.COMPLETE), {})
    obligations = (Obligation("o", "redact"), Obligation("r", "residual_scan"))
    verdict = TargetVerdict("a", True, 0, (), obligations)
    used = replace(tools(SCAN), encode=encode)
    denial = enforce(inspection, decision("a", (verdict,), "forward"), catalog(), used)
    assert isinstance(denial, Denial)
    assert (denial.code, denial.residual) == ("RESIDUAL_PII", 1)


@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_change_that_was_not_written_is_seen_beside_messages_that_are_as_they_were(at):
    body = {"model": "m", "messages": [{"role": "user", "content": f"hello {number}"} for number in range(3)]}
    body["messages"][at]["content"] = f"to {CANARY}"
    made_of = (Obligation("o", "redact"), Obligation("r", "residual_scan"))
    assert isinstance(made(*made_of, body=orjson.dumps(body)), Outbound)
    denial = made(*made_of, body=orjson.dumps(body), encode=lambda payload, _, model: CODEC.encode(payload, {}, model))
    assert (denial.code, denial.residual) == ("RESIDUAL_PII", 1)


@pytest.mark.parametrize("status", [200, 0, 403, 400, 503])
def test_a_refusal_is_never_a_success(status):
    denial = refusal(decision(None, (), "block", http_status=status, block_codes=()))
    assert denial.status == (status if status >= 400 else 403)
    assert denial.codes == ("NO_COMPLIANT_TARGET",)


def test_a_refusal_says_why_each_target_was_denied():
    verdicts = (TargetVerdict("a", False, 0, ("X", "Y")), TargetVerdict("b", False, 1, ("Y",)))
    denial = refusal(decision(None, verdicts, "block", block_codes=()))
    assert (denial.code, denial.codes) == ("X", ("X", "Y"))


def test_the_model_name_is_the_targets():
    assert orjson.loads(made(chosen=catalog(target("a", models={"m": "theirs"}))).wire.body)["model"] == "theirs"


def test_what_asks_the_target_to_keep_it_goes_where_nothing_may_be_kept():
    body = orjson.dumps({**orjson.loads(chat()), "store": True, "prompt_cache_retention": "24h"})
    kept = orjson.loads(made(body=body).wire.body)
    unstored = orjson.loads(made(Obligation("o1", "no_store"), body=body).wire.body)
    assert kept["store"] is True
    assert not {"store", "prompt_cache_retention"} & unstored.keys()
    assert unstored["messages"] == kept["messages"]


def test_what_is_kept_unless_refused_is_refused_where_nothing_may_be_kept():
    keeping = replace(CODEC.decode(Incoming(chat())), storage_keys=("store",), refusals={"store": False})
    verdict = TargetVerdict("a", True, 0, (), (Obligation("o1", "no_store"),))
    inspection = inspect(keeping, Detection((SegmentFindings(),), Status.COMPLETE), {})
    outbound = enforce(inspection, decision("a", (verdict,), "forward"), catalog(), tools(SCAN))
    assert isinstance(outbound, Outbound)
    assert orjson.loads(outbound.wire.body)["store"] is False


@pytest.mark.parametrize("role", ["system", "developer"])
def test_the_notice_goes_out_beside_the_callers_own_messages(role):
    said = [{"role": role, "content": "Be brief."}, {"role": "user", "content": f"to {CANARY}"}]
    outbound = made(Obligation("n", "redisclosure_notice"), body=orjson.dumps({"model": "m", "messages": said}))
    first, *rest = orjson.loads(outbound.wire.body)["messages"]
    assert (first, rest) == ({"role": role, "content": REDISCLOSURE}, said)
    assert (outbound.notice, outbound.fulfilled, outbound.remarks) == ("42 CFR 2.32(a)(2)", ("n",), ())


def test_no_notice_no_embedding():
    codec = EMBEDDINGS
    payload = codec.decode(Incoming(orjson.dumps({"model": "m", "input": "hello"})))
    inspection = inspect(payload, Detection((SegmentFindings(),), Status.COMPLETE), {})
    verdict = TargetVerdict("a", True, 0, (), (Obligation("n", "redisclosure_notice"),))
    with_it = replace(tools(SCAN), encode=codec.encode, add_statement=codec.with_statement)
    denial = enforce(inspection, decision("a", (verdict,), "forward"), catalog(), with_it)
    assert isinstance(denial, Denial)
    assert (denial.code, denial.message) == ("OBLIGATION_UNSUPPORTED", "refused by policy: OBLIGATION_UNSUPPORTED (redisclosure_notice)")  # fmt: skip


@pytest.mark.parametrize(
    ("self_hosted", "registered", "permit"),
    [
        (False, {"training_use": False}, True), (False, {"training_use": True}, False),
        (False, {}, False), (False, None, False), (True, {}, True), (True, None, True),
        (True, {"training_use": True}, False), (True, {"training_use": False}, True),
    ],
)  # fmt: skip
def test_no_training_only_where_the_registry_rules_it_out(self_hosted, registered, permit):
    entries = {} if registered is None else {"a": registered}
    chosen = catalog(target("a", self_hosted=self_hosted), data_document={"targets": entries})
    assert isinstance(made(Obligation("t", "no_train"), chosen=chosen), Outbound) is permit


def test_what_a_feature_keeps_is_not_called_unstored():
    body = orjson.dumps({**orjson.loads(chat()), "previous_response_id": "resp_1"})
    assert made(Obligation("s", "no_store"), Obligation("l", "log"), body=body).fulfilled == ("l",)
    assert made(Obligation("s", "no_store"), Obligation("l", "log")).fulfilled == ("s", "l")


def test_the_model_that_a_reply_must_name_goes_along():
    pinned = target("a", models={"*": "own"}, expected=ExpectedOrigin(models={"own": "own-2026"}))
    assert made(chosen=catalog(pinned)).pinned == "own-2026"
    assert made(chosen=catalog(target("a"))).pinned == ""


def test_a_request_goes_to_the_deployment_that_the_target_has_for_its_model():
    azure = target("a", base_url="https://x.test/openai/deployments/{model}", models={"m": "ours-eu"})
    outbound = made(chosen=catalog(azure))
    assert (outbound.target.base_url, outbound.wire.path) == (
        "https://x.test/openai/deployments/ours-eu",
        "/chat/completions",
    )


@pytest.fixture
def searches(monkeypatch):
    """The searches for values in disguise: of how many texts each, and for how many values."""
    rows = []

    def counted(texts, changed, **read):
        rows.append((len(texts), len(changed.removed)))
        return residual.disguised(texts, changed, **read)

    monkeypatch.setattr(transform_memory, "disguised", counted)
    return rows


def turn(plans, texts):
    """Enforce one turn of a conversation."""
    payload = CODEC.decode(Incoming(conversation(texts)))
    segments = tuple(SegmentFindings(FakeDetector().scan(span.text)) for span in payload.spans)
    names = tuple(keyed_digest(span.text, b"test") for span in payload.spans)
    inspection = inspect(payload, Detection(segments, Status.COMPLETE, names=names), {})
    verdict = TargetVerdict("a", True, 0, (), (Obligation("o", "pseudonymize"), Obligation("r", "residual_scan")))
    outbound = enforce(inspection, decision("a", (verdict,), "forward"), catalog(), replace(tools(SCAN), plans=plans))
    assert isinstance(outbound, Outbound)


def conversation(texts):
    return orjson.dumps({"model": "m", "messages": [{"role": "user", "content": text} for text in texts]})


def written(number):
    """One of the texts of which conversations consist; every fourth has a value."""
    return f"item {number} is for p{number}.smith@example.com" if number % 4 == 0 else f"item {number} is still open"


def test_texts_with_many_histories_are_searched_for_new_values_in_at_most_two_searches(searches):
    plans, chance = EnforcementPlans(), random.Random(3)
    conversations = [chance.sample(range(80), 40) for _ in range(12)]
    for numbers in conversations:
        turn(plans, map(written, numbers))
    assert len(searches) <= 2 * len(conversations)
    searches.clear()
    turn(plans, map(written, conversations[0]))
    assert not searches
    turn(plans, [*map(written, conversations[0]), "and p1000.smith@example.com"])
    assert sorted(values for _, values in searches) == [1, 1 + sum(number % 4 == 0 for number in conversations[0])]
    assert sum(texts for texts, _ in searches) <= len(conversations[0]) + 3  # the model, the role and the new one


def test_what_texts_of_many_conversations_were_searched_for_is_remembered(searches):
    plans, chance = EnforcementPlans(TransformMemory(2 << 20)), random.Random(5)
    conversations = [chance.sample(range(160), 100) for _ in range(24)]
    for numbers in conversations:
        for length in (90, 95, 100):
            turn(plans, map(written, numbers[:length]))
    searches.clear()
    for numbers in conversations:
        turn(plans, map(written, numbers))
    assert not searches
