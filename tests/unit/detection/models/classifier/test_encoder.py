from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from proxy.detection.models.classifier.encoder import Encoder, Packed, Sizes, padded  # noqa: E402

pytestmark = pytest.mark.heavy


SIZES = Sizes(vocabulary=50, labels=5, hidden=16, layers=2, heads=4, inner=32, positions=24)


@pytest.fixture
def model() -> Encoder:
    torch.manual_seed(3)
    return Encoder(SIZES).eval()


def test_padding_changes_nothing(model: Encoder) -> None:
    ids = torch.tensor([[2, 7, 9, 3]])
    wide = torch.tensor([[2, 7, 9, 3, 0, 0]])
    zeros, places = torch.zeros_like(wide), torch.arange(6)[None]
    with torch.inference_mode():
        alone = model(ids, zeros[:, :4], places[:, :4], padded(torch.ones(1, 4, dtype=torch.bool)))
        beside = model(wide, zeros, places, padded(places < 4))
    assert torch.allclose(alone, beside[:, :4], atol=1e-5)


def test_windows_laid_end_to_end_do_not_see_one_another(model: Encoder) -> None:
    first, second = torch.tensor([2, 7, 9, 3]), torch.tensor([2, 11, 3])
    joined, places = torch.cat([first, second]), torch.tensor([0, 1, 2, 3, 0, 1, 2])
    with torch.inference_mode():
        both = model(joined, torch.zeros_like(joined), places, Packed([4, 3]))
        one = model(second, torch.zeros_like(second), torch.arange(3), Packed([3]))
    assert torch.allclose(both[4:], one, atol=1e-5)


def test_packed_and_padded_attention_agree(model: Encoder) -> None:
    ids = torch.tensor([2, 7, 9, 3])
    with torch.inference_mode():
        flat = model(ids, torch.ones_like(ids), torch.arange(4), Packed([4]))
        batch = model(
            ids[None], torch.ones_like(ids)[None], torch.arange(4)[None], padded(torch.ones(1, 4, dtype=torch.bool))
        )
    assert torch.allclose(flat, batch[0], atol=2e-2)  # the packed form rounds to its grids


def test_the_written_shape_of_a_word_matters(model: Encoder) -> None:
    ids, places = torch.tensor([2, 7, 3]), torch.arange(3)
    with torch.inference_mode():
        lower = model(ids, torch.zeros_like(ids), places, Packed([3]))
        title = model(ids, torch.tensor([0, 1, 0]), places, Packed([3]))
    assert not torch.allclose(lower, title)
