"""What is remembered of a transform: used for the very same request only, and telling nothing by itself."""

from __future__ import annotations

import gc
import itertools
from dataclasses import replace
from types import FunctionType, ModuleType

import pytest

from proxy.codecs.openai.apis import CHAT
from proxy.core.decision.inspection import inspect
from proxy.core.deidentification.pieces import keyed_name
from proxy.core.deidentification.pseudonyms import Minter
from proxy.core.deidentification.transform import carry_out, carry_out_again
from proxy.core.deidentification.transform_memory import TransformMemory
from proxy.core.deidentification.transform_plan import TransformPlan, TransformTerms
from proxy.core.findings import Detection, Finding, SegmentFindings, Status
from proxy.core.records import Obligation, TextSpan
from proxy.core.wire import Incoming
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
    one = one or inspection()
    return carry_out_again(of or plan(), one.payload, one.segments, Minter(key), memory, one.names)


def pieces(memory, one=None, of=None, key=b"k" * 32):
    """The memory's pieces of the texts of a request."""
    one = one or inspection()
    texts = [(name, span.text, segment) for name, span, segment in zip(
        one.names, one.payload.spans, one.segments, strict=True)]  # fmt: skip
    return memory.pieces(of or plan(), Minter(key), texts)


def test_the_same_text_is_not_worked_out_again():
    memory = TransformMemory()
    assert transformed(memory) == transformed(memory, of=plan())
    assert all(one is same for one, same in zip(pieces(memory), pieces(memory, of=plan()), strict=True))


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
    made = pieces(memory)
    assert pieces(memory, **other)[-1] is not made[-1]


def test_a_value_that_stood_escaped_is_worked_out_each_time():
    escaped = r'{"n": "mar\u00eda@firm.de"} and {"n": "x"}'
    one, memory = inspection(escaped, found=r"mar\u00eda@firm.de", kind="EMAIL_ADDRESS"), TransformMemory()
    changed = transformed(memory, one)
    assert list(changed.pseudonyms.values()) == ["maría@firm.de"]
    assert transformed(memory, one) == changed
    assert pieces(memory, one)[-1] is not pieces(memory, one)[-1]


def counting(memory):
    """The texts' occurrences as the memory has them: how many texts had values to be searched for."""
    domain = Minter(b"k" * 32).domain
    removed = memory.removed({keyed_name("PERSON", NAME, domain): NAME})
    return [bool(list(memory.unsearched(removed, {piece.spread[0]: [0]}))) for piece in pieces(memory)]


def test_a_text_is_searched_once_for_each_value():
    memory = TransformMemory()
    assert counting(memory) == [True]
    transformed(memory)
    assert counting(memory) == [False]


def test_a_text_of_many_conversations_is_searched_once_for_the_values_of_each():
    memory, domain = TransformMemory(), Minter(b"k" * 32).domain
    sets = [{keyed_name("", f"{turn} {value}", domain): "" for value in range(24)} for turn in range(100)]
    digest = b""
    for number, names in enumerate(sets):
        [(_, values, known, digest)] = memory.unsearched(memory.removed(names), {digest: [0]})
        assert (len(values), known) == (24, number > 0)
    for names in sets:
        assert not list(memory.unsearched(memory.removed(names), {digest: [0]}))


def test_a_set_of_values_is_compared_once_with_another_that_holds_it():
    domain, compared = Minter(b"k" * 32).domain, list[bytes]()
    one, both = ({keyed_name("", value, domain): value for value in values} for values in (("a",), ("a", "b")))

    class Counting(TransformMemory):
        def searched(self, digest: bytes) -> frozenset[bytes]:
            compared.append(digest)
            return super().searched(digest)

    memory = Counting()
    digest, smaller = memory.removed(both).digest, memory.removed(one)
    for _ in range(3):
        assert not list(memory.unsearched(smaller, {digest: [0]}))
    assert compared == [digest]
    assert list(memory.unsearched(smaller, {b"": [0]})), "a text that was never searched is"


def test_sets_of_values_have_one_digest_whatever_the_steps():
    domain = Minter(b"k" * 32).domain
    names = [{keyed_name("", value, domain): value} for value in ("one", "two", "three")]
    digests = set()
    for order in itertools.permutations(names):
        memory, digest = TransformMemory(), b""
        for one in order:
            [(*_, digest)] = memory.unsearched(memory.removed(one), {digest: [0]})
        digests.add(digest)
        assert memory.searched(digest) == {name for one in names for name in one}
    assert len(digests) == 1


def test_what_is_searched_and_not_read_is_searched_once_for_each_value():
    one, memory, key = inspection(), TransformMemory(), b"k" * 32
    sought = tuple(TextSpan(f"/{text}", "pin", text, "sought") for text in ("call_1", "0482", NAME))
    one = replace(one, payload=replace(one.payload, unread_numbers=sought))
    whole = carry_out(plan(), one.payload, one.segments, Minter(key))
    assert whole.texts[3] == whole.texts[0].split("Ask ")[1].split(" for")[0]
    domain = Minter(key).domain
    for _ in range(2):
        assert transformed(memory, one) == whole
        known = memory.unread([span.text for span in sought], domain)
        assert {piece.spread[0] for piece in known} == {memory.removed(whole.named.by_name).digest}
        assert [bool(piece.spread[1]) for piece in known] == [False, False, True]


def told(*messages):
    """A request of texts, each with the one name in it that was found, or ""."""
    ones = [inspection(text, found=found or text, name=text.encode()) for text, found in messages]
    ones = [one if found else replace(one, segments=(SegmentFindings(),)) for one, (_, found) in zip(
        ones, messages, strict=True)]  # fmt: skip
    return replace(
        ones[0],
        payload=replace(ones[0].payload, spans=tuple(span for one in ones for span in one.payload.spans)),
        segments=tuple(segment for one in ones for segment in one.segments),
        names=tuple(name for one in ones for name in one.names),
    )


def test_where_values_occur_besides_is_known_of_each_value_by_itself():
    """A text with two names that only other texts give away, in conversations that have one, the other or both."""
    both = ("jonas_abendroth and maria_ferreira", "")
    jonas, maria = ("Jonas Abendroth writes", "Jonas Abendroth"), ("Maria Ferreira reads", "Maria Ferreira")
    memory = TransformMemory()
    for messages in (
        (jonas, both),
        (maria, both),
        (jonas, both),
        (jonas, maria, both),
        (maria, jonas, both),
        (maria, both),
    ):
        one = told(*messages)
        whole = carry_out(plan(), one.payload, one.segments, Minter(b"k" * 32))
        assert transformed(memory, one) == whole
        assert whole.texts[len(messages) - 1].startswith("jonas") is (jonas not in messages)
    assert pieces(memory, told(both))[0].spread[1]


def test_occurrences_are_counted_and_not_searched_for_again():
    memory, one = TransformMemory(), told(("Jonas Abendroth writes", "Jonas Abendroth"), ("Jonas Abendroth, " * 50, ""))
    whole = carry_out(plan(), one.payload, one.segments, Minter(b"k" * 32))
    assert transformed(memory, one) == whole
    piece, size = pieces(memory, one)[1], memory.size
    assert len(piece.spread[1]) >= 50
    assert transformed(memory, one) == whole
    assert pieces(memory, one)[1] is piece
    assert memory.size == size > sum(each.size for each in pieces(memory, one))


def test_values_of_one_pseudonym_are_told_apart_as_if_nothing_were_remembered():
    """Two addresses whose first pseudonym is the same: which gets another one depends on the whole request."""
    minted: dict[str, str] = {}
    for number in itertools.count():
        address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        twin = minted.setdefault(Minter(b"k" * 32).pseudonym("IP_ADDRESS", address), address)
        if twin != address:
            break
    memory, of = TransformMemory(), plan(kinds={"IP_ADDRESS": "direct"})
    for first, second in ((twin, address), (address, twin)):
        ones = [
            inspection(f"from {value}", found=value, name=value.encode(), kind="IP_ADDRESS")
            for value in (first, second)
        ]
        both = replace(
            ones[0],
            payload=replace(ones[0].payload, spans=tuple(span for one in ones for span in one.payload.spans)),
            segments=tuple(segment for one in ones for segment in one.segments),
            names=tuple(name for one in ones for name in one.names),
        )
        whole = carry_out(of, both.payload, both.segments, Minter(b"k" * 32))
        assert len(whole.pseudonyms) == 2
        assert [transformed(memory, both, of) for _ in range(2)] == [whole] * 2


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
    memory = TransformMemory(capacity=20_000)
    for number in range(100):
        transformed(memory, inspection(f"{TEXT} {number}", name=b"%d" % number))
        memory.left([f"a {number}", "b"], transformed(memory), b"d" * 32)
    assert 10_000 < memory.size <= 20_000
    made = pieces(memory, inspection(f"{TEXT} 99", name=b"99"))
    assert pieces(memory, inspection(f"{TEXT} 99", name=b"99"))[-1] is made[-1]


def test_what_the_transform_has_searched_is_not_searched_again_and_all_else_is():
    memory, free = TransformMemory(), "See you"
    changed = replace(transformed(memory), free=dict.fromkeys((free, f"as if {NAME} had not been found"), b""))
    assert memory.left([free, f"as if {NAME} had not been found", "clean"], changed, b"d" * 32) == 0
    assert memory.left([free, f"but {NAME} is in this one", "clean"], changed, b"d" * 32) == 2
    assert [memory.left(texts, changed, b"d" * 32) > 0 for texts in ([NAME], ["clean"], [NAME])] == [1, 0, 1]


def test_a_text_of_a_request_is_searched_again_for_new_values_and_in_another_domain():
    memory, changed = TransformMemory(), transformed(TransformMemory())
    more = replace(changed, removed=(*changed.removed, "Jonas Abendroth"), occurrences=None, named=None)
    text = "Jonas Abendroth writes"

    def left(values, domain=b"d" * 32):
        return memory.left([text], values, domain) > 0

    assert [left(changed), left(more), left(more), left(changed)] == [0, 1, 1, 0]
    assert left(more, b"e" * 32) == 1


def test_tenants_share_the_memory_and_a_loud_one_puts_out_its_own():
    memory = TransformMemory(capacity=40_000)
    quiet, loud = memory.of("quiet"), memory.of("loud")
    one = inspection()
    kept = pieces(quiet, one)
    for number in range(300):
        loud.unread([f"text {number}"], b"d" * 32)
    assert [piece is before for piece, before in zip(pieces(quiet, one), kept, strict=True)] == [True] * len(kept)
    assert memory.size == quiet.size <= 40_000
