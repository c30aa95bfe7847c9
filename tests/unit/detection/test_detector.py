from __future__ import annotations

import asyncio

import pytest

from proxy.core.findings import Finding, SegmentFindings, Status
from proxy.detection.detector import PooledDetector
from proxy.detection.lists import ListedTerm, compiled
from proxy.detection.people import known_names, public
from proxy.detection.pool.pace import cost
from proxy.detection.pool.pool import TURN
from proxy.errors import DetectionBusyError


class Pool:
    """Answers every batch the same way and counts the texts it was asked."""

    def __init__(self, answer=None) -> None:
        self.answer = answer
        self.asked: list[str] = []
        self.batches: list[list[str]] = []
        self.deadline = 0.0
        self.admitted: list[tuple[str, int]] = []
        self.full = False

    def admit(self, tenant, amount, within_s):
        self.admitted.append((tenant, amount))
        if self.full:
            raise DetectionBusyError

    async def start(self):
        """Ready at once."""

    async def run(self, batches, deadline_s, tenant):
        self.deadline = deadline_s
        await asyncio.sleep(0)
        self.batches += batches
        self.asked += [text for batch in batches for text in batch]
        return [
            self.answer or tuple(SegmentFindings((Finding("PERSON", 0, 1, 0.9, "x"),)) for _ in batch)
            for batch in batches
        ]


def detector(pool: Pool, cache: int = 1 << 20) -> PooledDetector:
    made = PooledDetector(1, 2.0, 4, cache, b"k" * 32)
    made.pool = pool
    return made


def detect(made: PooledDetector, *texts: str):
    return asyncio.run(made.detect(texts, "t"))


def test_a_started_detector_has_read_its_lists():
    lists = (known_names.lists, public._names, public._further)
    for one in lists:
        one.cache_clear()
    asyncio.run(detector(Pool()).start())
    assert [one.cache_info().currsize for one in lists] == [1, 1, 1]


def test_a_conversation_costs_its_new_message_only():
    made = detector(pool := Pool())
    history = [f"message number {n} of Ann" for n in range(20)]
    for turn in range(1, 20):
        detection = detect(made, *history[:turn])
        assert detection.cached == turn - 1
    assert pool.asked == history[:19]


def test_each_text_has_a_digest_by_itself_and_another_for_each_tenant():
    made = detector(Pool())
    first = detect(made, "hello Ann", "hello Bob", "hello Ann")
    assert len(first.names) == 3
    assert first.names[0] == first.names[2] != first.names[1]
    assert detect(made, "hello Bob").names == first.names[1:2]
    assert asyncio.run(made.detect(["hello Bob"], "u")).names != first.names[1:2]


@pytest.mark.parametrize("words", [1, 4])
def test_a_batch_costs_no_more_than_a_turn_however_short_its_texts(words):
    made = detector(pool := Pool())
    detect(made, *(f"Ann asks about order {number} " * words for number in range(400)))
    assert max(sum(map(cost, batch)) for batch in pool.batches) <= TURN < 2 * sum(map(cost, pool.batches[0]))


def test_equal_texts_of_one_request_are_asked_once():
    made = detector(pool := Pool())
    assert len(detect(made, "hello Ann", "hello Ann").segments) == 2
    assert pool.asked == ["hello Ann"]


def test_structure_is_decided_without_the_pool():
    made = detector(pool := Pool())
    detection = detect(made, "user", "4539 1488 0343 6467")
    assert pool.asked == []
    assert [len(segment.findings) for segment in detection.segments] == [0, 1]


def test_a_fault_is_a_status_and_is_never_cached():
    made = detector(pool := Pool(Status.TIMEOUT))
    detection = detect(made, "Ann, SSN 521-44-9382")
    assert detection.status is Status.TIMEOUT
    assert [f.entity_type for f in detection.segments[0].findings] == ["US_SSN"]
    pool.answer = None
    assert detect(made, "Ann, SSN 521-44-9382").status is Status.COMPLETE


def test_only_new_texts_are_admitted_and_read_within_the_time_that_is_left():
    made = detector(pool := Pool())
    detect(made, "hello Ann")
    asyncio.run(made.detect(["hello Ann", "hello Bob", "user"], "t", 1.5))
    assert [amount for _, amount in pool.admitted] == [cost("hello Ann"), cost("hello Bob")]
    assert pool.deadline == 1.5
    pool.full = True
    with pytest.raises(DetectionBusyError):
        detect(made, "hello Cid")
    assert pool.asked == ["hello Ann", "hello Bob"]
    assert detect(made, "hello Bob").cached == 1


def test_a_text_that_is_being_read_is_not_read_again_for_its_tenant():
    made = detector(pool := Pool())

    async def at_once():
        async with asyncio.TaskGroup() as group:
            for tenant in ("a",) * 8 + ("b",):
                group.create_task(made.detect(["hello Ann", "user"], tenant))

    asyncio.run(at_once())
    assert pool.asked == ["hello Ann"] * 2
    assert [tenant for tenant, _ in pool.admitted] == ["a", "b"]


def test_the_lists_of_a_tenant_are_part_of_what_is_remembered_and_recorded():
    made = detector(pool := Pool())
    text = "SSN 521-44-9382 and mail ann@mail.example"
    for rounds, entries in enumerate(([], [ListedTerm("t", "allow", value="ann@mail.example")], []), 1):
        made.lists = compiled(entries, b"k" * 32)
        detection = detect(made, text)
        assert [version.id for version in detection.detectors].count("lists") == len(entries)
        assert len(pool.asked) == min(rounds, 2)


def test_a_scan_leaves_out_what_the_tenant_allows():
    made = detector(Pool())
    made.lists = compiled(
        [ListedTerm("t", "allow", value="ann@mail.example"), ListedTerm("t", "allow", value="521-44-9382")], b"k" * 32
    )
    text = "SSN 521-44-9382 and mail ann@mail.example"
    assert [f.entity_type for f in made.scan(text, "t")] == ["US_SSN"]
    assert {f.entity_type for f in made.scan(text, "other")} == {"US_SSN", "EMAIL_ADDRESS"}


def test_tenants_do_not_share_entries():
    made = detector(pool := Pool())
    for tenant in ("a", "b", "a"):
        asyncio.run(made.detect(["hello Ann"], tenant))
    assert len(pool.asked) == 2


@pytest.mark.parametrize(
    ("texts", "answer"),
    [
        ([str(10_000_000 + n) for n in range(400)], None),
        (["1234 " * 50_000], None),
        ([f"mail ann{n}@mail.example" for n in range(1_000)], Status.TIMEOUT),
    ],
)
def test_others_get_their_turn_while_much_is_read_here(texts, answer):
    """Many small texts, a large one, and what the pattern tier must read after a time-out."""
    made = detector(Pool(answer))

    async def turns_of_another():
        turns = 0
        done = asyncio.Event()

        async def other():
            nonlocal turns
            while not done.is_set():
                turns += 1
                await asyncio.sleep(0)

        async with asyncio.TaskGroup() as group:
            group.create_task(other())
            await made.detect(texts, "t")
            done.set()
        return turns

    assert asyncio.run(turns_of_another()) > 8
