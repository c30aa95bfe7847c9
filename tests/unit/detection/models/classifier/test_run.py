from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from proxy.detection.models.classifier import run  # noqa: E402
from proxy.detection.models.classifier.encoder import Encoder, Sizes  # noqa: E402

pytestmark = pytest.mark.heavy


ROWS = [[7, 9, 11], [5], [8, 8, 8, 8, 8, 8], [20, 21]]


@pytest.fixture
def model() -> Encoder:
    torch.manual_seed(7)
    return Encoder(Sizes(vocabulary=50, labels=5, hidden=16, layers=2, heads=4, inner=32, positions=24)).eval()


def shapes() -> list[list[int]]:
    return [[1] * len(row) for row in ROWS]


def test_every_window_is_answered_in_order_without_its_marks(model: Encoder) -> None:
    answers = run.run(model, ROWS, shapes())
    assert [answer.shape for answer in answers] == [(3, 5), (1, 5), (6, 5), (2, 5)]
    assert all(np.allclose(answer.sum(1), 1, atol=1e-5) for answer in answers)


def test_threads_are_given_back_and_change_nothing(model: Encoder) -> None:
    before = torch.get_num_threads()
    alone = run.run(model, ROWS, shapes())
    torch.set_num_threads(2)
    try:
        shared = run.run(model, ROWS, shapes())
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
    assert all(np.array_equal(one, other) for one, other in zip(alone, shared, strict=True))


def test_windows_are_split_into_passes(model: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = run.run(model, ROWS, shapes())
    monkeypatch.setattr(run, "PASS", 6)
    for one, other in zip(whole, run.run(model, ROWS, shapes()), strict=True):
        assert np.allclose(one, other, atol=1e-5)


def test_passes_hold_every_window_once_and_are_as_full_as_they_can_be() -> None:
    sizes = [96, 20, 90, 96, 4, 96, 96, 70, 300, 12, 500]
    passes = list(run._passes(sizes))
    assert sorted(index for group in passes for index in group) == list(range(len(sizes)))
    assert [sum(sizes[index] for index in group) for group in passes] == [500, 432, 448]
    assert [run._lacking(total, run.LENGTHS) for total in (500, 336, 380, 129)] == [0, 48, 4, 31]


def test_order_of_windows_does_not_change_an_answer(model: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "PASS", 10)
    forth = run.run(model, ROWS, shapes())
    back = run.run(model, ROWS[::-1], shapes()[::-1])[::-1]
    assert all(np.allclose(one, other, atol=1e-5) for one, other in zip(forth, back, strict=True))


def test_no_windows_no_answers(model: Encoder) -> None:
    assert run.run(model, [], []) == []
