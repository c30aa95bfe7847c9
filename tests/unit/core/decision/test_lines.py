from __future__ import annotations

from dataclasses import replace

import pytest

from proxy.core.decision import lines
from proxy.core.decision.inspection import inspect
from proxy.core.findings import Detection, Finding, SegmentFindings, Status
from proxy.core.records import Document, EntitySummary, OpaquePart, Operation, Payload, SealedPart, TextSpan

SEALED = OpaquePart("messages[*]", "sealed")


def payload(*texts, **more):
    spans = tuple(TextSpan(f"/messages/{at}/content", "messages[*].content", text) for at, text in enumerate(texts))
    return Payload({}, Operation.CHAT, "m", stream=False, stateful=True, tools=False, spans=spans, **more)


AROUND = replace(payload(), spans=(TextSpan("/@files/0/file", "@files[*].file", "in.jsonl"),))


def test_stand_ins_tell_numbers_alone_and_differ():
    names = [lines.stand_in(number) for number in range(1, 2000)]
    assert len({*names}) == len(names)
    assert {len(name) for name in names} == {len(names[0])}
    assert all(map(lines.is_stand_in, names))
    assert not any(map(lines.is_stand_in, (None, 1, "", "line_cp_", names[0] + "x", names[0].upper())))
    assert lines.stand_ins(["a", "b"]) == {names[0]: "a", names[1]: "b"}


def test_the_texts_of_all_lines_are_those_of_the_whole_and_come_apart_again():
    one, two = payload("a", "b"), payload("c", unread_numbers=(TextSpan("/n", "n", "123", "sought"),))
    whole = lines.joined(AROUND, [one, two])
    assert [(span.pointer, span.path, span.text) for span in whole.outgoing] == [
        ("/@files/0/file", "@files[*].file", "in.jsonl"),
        ("/lines/0/messages/0/content", "lines[*].messages[*].content", "a"),
        ("/lines/0/messages/1/content", "lines[*].messages[*].content", "b"),
        ("/lines/1/messages/0/content", "lines[*].messages[*].content", "c"),
        ("/lines/1/n", "lines[*].n", "123"),
    ]
    assert lines.parts(whole) == (one, two)
    new = {0: "out.jsonl", 2: "B", 3: "C", 4: "9"}
    assert [own for _, own in lines.split(whole, new)] == [{1: "B"}, {0: "C", 1: "9"}]
    assert lines.around(whole, new) == {0: "out.jsonl"}


def test_lines_are_not_taken_for_others_by_their_number():
    many = [payload(str(number)) for number in range(12)]
    whole = lines.joined(AROUND, many)
    assert [one.spans[0].text for one in lines.parts(whole)] == [str(number) for number in range(12)]


@pytest.mark.parametrize("pointer", ["~list", "~pair/lat"])
def test_numbers_that_are_read_together_belong_to_their_line(pointer):
    part = replace(payload(), spans=(TextSpan(pointer, "*", "1 2", "numbers"),))
    whole = lines.joined(AROUND, [payload("a"), part])
    assert lines.parts(whole)[1].spans == part.spans


def test_what_the_whole_asks_is_what_any_line_asks():
    one = replace(payload("a"), features=("n", "x"), links=("https://a.example/",), tools=True)
    two = replace(payload("b"), features=("x", "y"), opaque=(OpaquePart("messages[*]", "image", "image"),))
    whole = lines.joined(replace(AROUND, features=("beta",)), [one, two])
    assert (whole.features, whole.links, whole.tools) == (("beta", "n", "x", "y"), ("https://a.example/",), True)
    assert [(part.path, part.media, part.input) for part in whole.opaque] == [
        ("lines[*].messages[*]", "image", "image")
    ]


def file(outcome):
    unread = OpaquePart("messages[*]", "file", "file")
    return Document("/messages/0", "messages[*]", "application/pdf", "", (unread,), outcome)


@pytest.mark.parametrize(("outcome", "left"), [("read", 0), ("cut", 1), ("unread", 1)])
def test_a_line_knows_what_was_read_of_its_files(outcome, left):
    asked = replace(payload("a"), documents=(file("unread"),), opaque=file("unread").opaque)
    whole = lines.joined(AROUND, [payload("x"), asked])
    read = replace(
        whole,
        documents=tuple(replace(one, outcome=outcome) for one in whole.documents),
        spans=(*whole.spans, TextSpan("/lines/1/messages/0", "lines[*].messages[*]", "its text", "document")),
    )
    line = lines.parts(read)[1]
    assert [span.text for span in line.spans] == ["a", "its text"]
    assert (len(line.opaque), line.documents) == (left, (file(outcome),))
    assert lines.parts(read)[0].opaque == ()


def test_a_line_knows_who_sealed_what_it_holds():
    asked = replace(payload("a"), opaque=(SEALED,), other_opaque=(SEALED,), seals=(SealedPart("messages[*]", ("s",)),))
    whole = lines.joined(AROUND, [asked])
    assert [seal.path for seal in whole.seals] == ["lines[*].messages[*]"]
    told = replace(whole, opaque=(replace(whole.opaque[0], sealed_by="a"),), seals=())
    assert [part.summary for part in lines.parts(told)[0].opaque] == [("messages[*]", "sealed", "a")]


def test_each_line_holds_what_was_found_in_it():
    whole = lines.joined(AROUND, [payload("a"), payload("bbbb")])
    found = SegmentFindings((Finding("PERSON", 0, 4, 0.9, "fake"),), minor=True)
    none = SegmentFindings()
    detection = Detection((none, none, found), Status.PARTIAL)
    one, two = lines.inspections(inspect(whole, detection, {"PERSON": ("personal",)}), {"PERSON": ("personal",)})
    assert (one.entities, one.categories, one.minor) == ((), (), False)
    assert two.entities == (EntitySummary("PERSON", 1, 0.9, ("messages[*].content",)),)
    assert (two.categories, two.minor, two.status, one.status) == (("personal",), True, Status.PARTIAL, Status.PARTIAL)


def test_a_line_that_names_somebody_of_ours_is_personal():
    whole = lines.joined(AROUND, [payload("ask Name_BCDFGHJKLM"), payload("b")])
    none = SegmentFindings()
    made = inspect(whole, Detection((none,) * 3, Status.COMPLETE), {})
    made = replace(made, pseudonyms={"Name_BCDFGHJKLM": "Ada"}, categories=("personal",))
    assert [one.categories for one in lines.inspections(made, {})] == [("personal",), ()]
    assert [dict(one.pseudonyms) for one in lines.inspections(made, {})] == [{"Name_BCDFGHJKLM": "Ada"}, {}]
