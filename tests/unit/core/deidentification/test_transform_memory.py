"""What is remembered of a transform: used for the very same request only, and telling nothing by itself."""

from __future__ import annotations

import gc
import secrets
from dataclasses import replace
from types import FunctionType, ModuleType

import pytest

from proxy.codecs.openai.chat import CHAT
from proxy.core.decision.inspection import inspect
from proxy.core.deidentification.pseudonyms import Minter
from proxy.core.deidentification.transform import TransformPlan, TransformTerms
from proxy.core.deidentification.transform_memory import TransformMemory
from proxy.core.findings import Detection, Finding, SegmentFindings, Status
from proxy.core.records import Obligation
from proxy.core.wire import Incoming, Wire
from testing.fakes import chat

NAME = "Maria Ferreira-Quint"
TEXT = f"Ask {NAME} for the key, then maria ferreira-quint again"
PSEUDONYMIZE = Obligation("p", "pseudonymize")
KINDS = {"PERSON": "direct"}


def plan(*obligations, year=2026, kinds=None):
    return TransformPlan(obligations or (PSEUDONYMIZE,), kinds or KINDS, TransformTerms(year=year))


def inspection(text=TEXT, *, found=NAME, name=b"t", kind="PERSON"):
    payload = CHAT.decode(Incoming(chat(text)))
    start = text.index(found)
    finding = Finding(kind, start, start + len(found), 0.9, "test")
    segments = tuple(SegmentFindings((finding,) if span.text == text else ()) for span in payload.spans)
    names = tuple(name + bytes([n]) for n in range(len(segments)))
    return inspect(payload, Detection(segments, Status.COMPLETE, names=names), {})


def transformed(memory, one=None, of=None, key=b"k" * 32):
    return memory.transformed(of or plan(), one or inspection(), Minter(key), secrets.token_bytes)


def test_the_same_request_is_not_worked_out_again():
    memory = TransformMemory()
    first, made = transformed(memory)
    second, same = transformed(memory, of=plan())
    assert second == first
    assert same is made


@pytest.mark.parametrize(
    "other",
    [
        {"key": b"l" * 32},
        {"of": plan(Obligation("q", "pseudonymize"))},
        {"of": plan(year=2027)},
        {"of": plan(kinds={"PERSON": "quasi"})},
        {"one": inspection(name=b"u")},
        {"one": inspection(found="Maria")},
    ],
    ids=["domain", "obligation", "year", "kinds", "text", "findings"],
)
def test_another_domain_plan_text_or_finding_is_worked_out_anew(other):
    memory = TransformMemory()
    _, made = transformed(memory)
    _, another = transformed(memory, **other)
    assert another is not made


def test_a_text_in_another_place_or_beside_another_number_is_worked_out_anew():
    memory, one = TransformMemory(), inspection()
    _, made = transformed(memory, one)
    spans = tuple(replace(span, path="tools[*].description") for span in one.payload.spans)
    _, moved = transformed(memory, replace(one, payload=replace(one.payload, spans=spans)))
    sought = (replace(one.payload.spans[0], text="0482", kind="sought"),)
    _, beside = transformed(memory, replace(one, payload=replace(one.payload, unread_numbers=sought)))
    assert len({id(each) for each in (made, moved, beside)}) == 3


def test_random_pseudonyms_and_texts_without_a_digest_are_not_remembered():
    memory = TransformMemory()
    random = plan(Obligation("d", "deidentify", profile="hipaa_safe_harbor"))
    assert random.random
    assert transformed(memory, of=random)[1] is None
    assert transformed(memory, replace(inspection(), names=()))[1] is None
    assert not memory


def test_a_value_that_stood_escaped_is_not_remembered():
    escaped = r'{"n": "mar\u00eda@firm.de"} and {"n": "x"}'
    one = inspection(escaped, found=r"mar\u00eda@firm.de", kind="EMAIL_ADDRESS")
    changed, made = transformed(TransformMemory(), one)
    assert list(changed.pseudonyms.values()) == ["maría@firm.de"]
    assert made is None


def test_nothing_of_a_text_or_an_original_is_kept():
    memory = TransformMemory()
    transformed(memory)
    held, waiting = [], [memory]
    seen = set()
    while waiting:
        one = waiting.pop()
        if id(one) in seen or isinstance(one, type | ModuleType | FunctionType):
            continue
        seen.add(id(one))
        held += [one.lower()] if isinstance(one, str) else []
        waiting += gc.get_referents(one)
    assert len(held) > 5
    for word in ("maria", "ferreira", "quint", "the key"):
        assert not any(word in text for text in held)


def test_memory_is_bounded_and_the_latest_stay():
    memory = TransformMemory(capacity=10_000)
    for number in range(50):
        transformed(memory, inspection(name=b"%d" % number))
    assert 0 < memory.bytes <= 10_000
    assert memory.bytes == sum(made.size for made in memory._transforms.values())
    _, made = transformed(memory, inspection(name=b"49"))
    assert transformed(memory, inspection(name=b"49"))[1] is made


@pytest.mark.parametrize(
    "other",
    [{"body": b"b"}, {"path": "/v1/embeddings"}, {"query": (("k", "v"),)}, {"headers": (("h", "v"),)}, {"media": "x"}],
    ids=str,
)
def test_a_request_that_was_clean_is_not_searched_again_and_another_is(other):
    _, made = transformed(TransformMemory())
    looked = []

    def left(number, wire, dialect="chat"):
        return made.left(wire, dialect, b"d" * 32, lambda: looked.append(number) or number)

    wire = Wire("/v1/chat", b"a")
    assert [left(number, wire) for number in (1, 0, 9)] == [1, 0, 0]
    assert [left(2, replace(wire, **other)), left(3, wire, "embeddings")] == [2, 3]
    assert looked == [1, 0, 2, 3]
