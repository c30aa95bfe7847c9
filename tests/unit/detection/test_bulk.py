"""Detection as work: the lines of a part in groups, answered as the command answers them."""

from __future__ import annotations

from proxy.detection import reading
from proxy.detection.bulk import DetectionWork
from proxy.detection.lists import ListedTerm, compiled


class Reader:
    def __init__(self, chosen, cache):
        self.groups = []

    def answers(self, lines):
        self.groups.append(list(lines))
        return [f"{len(self.groups)} {line}" for line in lines]


def test_lines_are_read_in_groups_and_answered_in_order(monkeypatch):
    monkeypatch.setattr(reading, "TextReader", Reader)
    answers = DetectionWork(batch=2).open()(["a", "b", "c"])
    assert answers == ["1 a", "1 b", "2 c"]


def test_other_lists_are_another_run():
    lists = compiled([ListedTerm("acme", "allow", value="Berlin")], b"k" * 32)["acme"]
    assert DetectionWork().identity == DetectionWork(batch=3).identity != DetectionWork(lists).identity
