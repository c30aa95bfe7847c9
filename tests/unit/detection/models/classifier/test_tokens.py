from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.detection.models.classifier.tokens import (
    LINE_START,
    LOWER,
    MIXED,
    TITLE,
    UPPER,
    Pieces,
    WordPieces,
    batches,
    read,
    shape,
    tokenizer,
    windows,
)
from proxy.detection.models.classifier_files import ACCURATE, VOCABULARY

pytestmark = pytest.mark.heavy


PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "anna", "lives", "in", "berlin", ".", "##na", "an", "she", "1", "##2"]


@pytest.fixture
def vocabulary(tmp_path: Path) -> Path:
    file = tmp_path / "vocab.txt"
    file.write_text("\n".join(PIECES), encoding="utf-8")
    return file


def tokens_of(text: str, vocabulary: Path) -> WordPieces:
    return read(tokenizer(vocabulary).encode(text, add_special_tokens=False), text)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("house", LOWER),
        ("12", LOWER),
        ("Anna", TITLE),
        ("R", TITLE),
        ("UCSF", UPPER),
        ("McDonald", MIXED),
        ("4Gb", MIXED),
        ("漢字", LOWER),
    ],
)
def test_shape(word: str, expected: int) -> None:
    assert shape(word) == expected


def test_offsets_are_those_of_the_original_text(vocabulary: Path) -> None:
    text = "ÁNNA  lives\nin Berlin."
    tokens = tokens_of(text, vocabulary)
    assert [text[a:b] for a, b in tokens.offsets] == ["ÁNNA", "lives", "in", "Berlin", "."]
    assert tokens.shapes == [UPPER + LINE_START, LOWER, LOWER + LINE_START, TITLE, LOWER]


def test_pieces_of_a_word_share_its_number_and_shape(vocabulary: Path) -> None:
    tokens = tokens_of("in Anna12", vocabulary)
    assert tokens.words[1:] == [tokens.words[1]] * (len(tokens.words) - 1)
    assert set(tokens.shapes[1:]) == {tokens.shapes[1]}


def test_short_text_is_one_window(vocabulary: Path) -> None:
    text = "anna lives in berlin."
    assert windows(tokens_of(text, vocabulary), text, 8) == [(0, 5)]
    assert windows(tokens_of("", vocabulary), "", 8) == []


def test_windows_are_cut_at_sentence_ends_without_overlap(vocabulary: Path) -> None:
    text = "anna lives in berlin. " * 4
    cuts = windows(tokens_of(text, vocabulary), text, 8)
    assert cuts == [(0, 5), (5, 10), (10, 15), (15, 20)]


def test_windows_overlap_where_there_is_no_border_and_leave_nothing_out(vocabulary: Path) -> None:
    text = "anna lives in berlin " * 30
    tokens = tokens_of(text, vocabulary)
    cuts = windows(tokens, text, 16)
    assert cuts[0][0] == 0
    assert cuts[-1][1] == len(tokens.ids)
    assert all(stop - start <= 16 for start, stop in cuts)
    assert all(left[0] < right[0] < left[1] for left, right in itertools.pairwise(cuts))


def test_a_word_longer_than_a_window_still_ends() -> None:
    count = 50
    tokens = WordPieces([5] * count, [(i, i + 1) for i in range(count)], [0] * count, [0] * count)
    cuts = windows(tokens, "x" * count, 8)
    assert cuts[-1][1] == count
    assert sorted({place for a, b in cuts for place in range(a, b)}) == list(range(count))


def test_batches_hold_every_window_once_within_the_budget() -> None:
    lengths = [10, 3, 7, 9, 2, 30]
    groups = batches(lengths, 24)
    assert sorted(index for group in groups for index in group) == list(range(6))
    for group in groups:
        assert len(group) == 1 or len(group) * max(lengths[index] for index in group) <= 24


#: Letters, marks, signs, blanks, controls and scripts that the tokenizer treats in ways of their own.
CHARACTERS = "aB1 \n\t\r'-_.é\u0301\u0345\x00\x1c\x85\xa0\u200b\u00ad日ßİǆ﷽①—각😂ﬁ"


@given(st.lists(st.text(CHARACTERS, max_size=12), max_size=3))
def test_recurring_words_are_read_as_the_tokenizer_reads_them(texts):
    whole = tokenizer(ACCURATE / VOCABULARY)
    pieces = Pieces(whole)
    for text in [*texts, *texts]:
        expected, found = read(whole.encode(text, add_special_tokens=False), text), pieces.read(text)
        assert (found.ids, found.offsets, found.shapes) == (expected.ids, expected.offsets, expected.shapes)
        assert starts(found.words) == starts(expected.words)


def starts(words):
    return [place for place in range(len(words)) if not place or words[place] != words[place - 1]]
