from __future__ import annotations

from proxy.core.findings import SegmentFindings
from proxy.detection.text.borders import across, crossed
from testing import models

SCANNER = models.scanner()


def read(*texts):
    return across(texts, [SegmentFindings()] * len(texts), crossed(texts), SCANNER)


def test_a_card_split_over_two_messages_is_found_in_both():
    texts = ["my card is 4539 1488", " 0343 6467 thanks"]
    left, right = read(*texts)
    assert [texts[0][f.start : f.end] for f in left.findings] == ["4539 1488"]
    assert [texts[1][f.start : f.end] for f in right.findings] == [" 0343 6467"]


def test_two_whole_values_side_by_side_stay_as_they_are():
    texts = ["521-44-9382", "521-44-9383"]
    assert read(*texts) == [SegmentFindings(), SegmentFindings()]


def test_words_at_the_border_cost_nothing():
    assert crossed(["hello", "world"]) == []
