from __future__ import annotations

import json
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from proxy.detection.models.classifier import ACCURATE, weights  # noqa: E402
from proxy.detection.models.classifier.encoder import Encoder, Packed, Sizes  # noqa: E402
from training.detector.calibrate import calibrate, payloads, watched  # noqa: E402
from training.detector.export import quantise, write  # noqa: E402

pytestmark = pytest.mark.heavy


SIZES = Sizes(vocabulary=60, labels=5, hidden=48, layers=1, heads=12, inner=64, positions=24)


@pytest.fixture
def model() -> Encoder:
    torch.manual_seed(5)
    return Encoder(SIZES).eval()


def run(model: Encoder) -> torch.Tensor:
    ids = torch.tensor([2, 7, 9, 41, 3])
    with torch.inference_mode():
        return model(ids, torch.zeros_like(ids), torch.arange(5), Packed([5]))


def test_quantising_keeps_every_row_within_half_a_step() -> None:
    matrix = torch.randn(4, 9) * torch.tensor([[0.01], [1.0], [30.0], [0.0]])
    narrow, scale = quantise(matrix)
    assert narrow.dtype == torch.int8
    assert ((narrow * scale[:, None] - matrix).abs() <= scale[:, None] / 2 + 1e-9).all()


def written(model: Encoder, folder: Path) -> Path:
    file = folder / "model.safetensors"
    write(model, file)
    seen = watched(weights.floating(file))
    ranges = {name: [-6.0, 6.0] for name in seen}
    (folder / weights.RANGES).write_text(json.dumps(ranges), encoding="utf-8")
    return file


@pytest.mark.skipif(not weights._runs_int8(), reason="this processor has no int8 kernels")
def test_a_written_model_reads_back_in_int8_and_answers_alike(model: Encoder, tmp_path: Path) -> None:
    read = weights.read(written(model, tmp_path))
    assert isinstance(read.layers[0].expand, weights.Int8Linear)
    wide, narrow = run(model), run(read)
    assert (wide - narrow).abs().max() < 0.1 * wide.abs().max()


def test_without_int8_kernels_the_same_whole_numbers_are_added_up(
    model: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(model, tmp_path)
    kernels = run(weights.read(file))
    monkeypatch.setattr(weights, "_runs_int8", lambda: False)
    read = weights.read(file)
    assert isinstance(read.layers[0].expand, weights.WholeLinear)
    assert (kernels - run(read)).abs().max() < 1e-5


def test_no_input_is_beyond_eight_bits() -> None:
    grid = weights.Grid((-1.0, 3.0))
    steps = grid.steps(torch.tensor([-50.0, -1.0, 0.0, 3.0, 50.0]))
    assert steps.tolist() == [0, 0, grid.zero, 255, 255]


def test_kernels_add_up_whole_numbers() -> None:
    grid = weights.Grid((0.0, 255.0))
    weight = torch.randint(-127, 128, (64, 1536), dtype=torch.int8, generator=torch.Generator().manual_seed(7))
    values = torch.arange(256.0).repeat(8, 6)
    layers = [kind(weight, torch.ones(64), torch.zeros(64), grid) for kind in (weights.WholeLinear, weights.Int8Linear)]
    wanted = (values.long() @ weight.long().t()).float()
    for layer in layers if weights._runs_int8() else layers[:1]:
        assert torch.equal(layer(values), wanted)


def test_without_ranges_nothing_is_loaded(model: Encoder, tmp_path: Path) -> None:
    file = tmp_path / "model.safetensors"
    write(model, file)
    with pytest.raises(FileNotFoundError):
        weights.read(file)


def test_ranges_are_those_of_what_was_read() -> None:
    ranges = calibrate(ACCURATE / "model.safetensors", payloads()[:2])
    shipped = json.loads((ACCURATE / weights.RANGES).read_text(encoding="utf-8"))
    assert ranges.keys() == shipped.keys()
    assert all(shipped[name][0] <= low < high <= shipped[name][1] for name, (low, high) in ranges.items())


def test_shipped_sums_are_the_same_in_float(monkeypatch: pytest.MonkeyPatch) -> None:
    ids = torch.tensor([2, *range(1000, 1060), 3])
    places = torch.arange(len(ids))
    kernels = weights.read(ACCURATE / "model.safetensors")
    monkeypatch.setattr(weights, "_runs_int8", lambda: False)
    floats = weights.read(ACCURATE / "model.safetensors")
    with torch.inference_mode():
        one, other = (m(ids, torch.zeros_like(ids), places, Packed([len(ids)])) for m in (kernels, floats))
    assert torch.equal(one, other)
