from __future__ import annotations

import numpy as np
import pytest

from proxy.detection.text.language_id import _MOST_REMEMBERED, WordEvidence, _remembered, features, log_probabilities

READ = {
    "en": "yesterday",
    "de": "gestern",
    "fr": "aujourd'hui",
    "es": "ayer",
    "it": "ieri",
    "pt": "ontem",
    "pl": "wczoraj",
}
ORDER = ("en", "de", "fr", "es", "it", "pt", "nl", "pl")


@pytest.mark.parametrize("language", READ)
def test_a_word_is_likeliest_in_its_language(language):
    rows, _ = log_probabilities([READ[language]])
    assert ORDER[int(rows[0, : len(ORDER)].argmax())] == language


def test_a_word_tells_the_same_in_any_company():
    words = ["sokeritauti", "the", "rakovinu", "x", "d'une"]
    together, read = log_probabilities(words)
    alone = np.vstack([log_probabilities([word])[0] for word in words])
    assert np.array_equal(together, alone)
    assert read == len(ORDER) + 1


def test_a_word_tells_the_same_when_it_recurs_in_another_text():
    long = "pneumonoultramicroscopicsilicovolcanoconiosis"
    for words in (["gestern", "the", long], ["the", long, "sokeritauti"], ["sokeritauti", "gestern"]):
        assert np.array_equal(WordEvidence(words).rows(words), log_probabilities(words)[0])


def test_words_that_never_recur_do_not_stay():
    for start in range(0, 30_000, 2_000):
        WordEvidence(f"word{number}" for number in range(start, start + 2_000))
        assert len(_remembered) <= _MOST_REMEMBERED
    WordEvidence(["longer" * 5])
    assert "longer" * 5 not in _remembered


def test_words_of_other_languages_are_likelier_there():
    rows, read = log_probabilities(["sokeritauti", "bröstcancer", "kanseri", "rakovinu"])
    assert (rows[:, read:].max(axis=1) > rows[:, :read].max(axis=1)).all()


def test_every_word_has_features_of_its_own():
    ids, starts = features(["a", "bc", "def"])
    assert starts.tolist() == sorted(set(starts.tolist()))
    assert len(ids) > starts[-1]


def test_no_words_no_rows():
    assert log_probabilities([])[0].shape[0] == 0
