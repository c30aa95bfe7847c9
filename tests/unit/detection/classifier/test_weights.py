from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from proxy.detection.classifier import weights  # noqa: E402
from proxy.detection.classifier.encoder import Encoder, Sizes, packed  # noqa: E402
from training.detector.export import quantise, write  # noqa: E402

SIZES = Sizes(vocabulary=60, labels=5, hidden=48, layers=1, heads=12, inner=64, positions=24)


@pytest.fixture
def model() -> Encoder:
    torch.manual_seed(5)
    return Encoder(SIZES).eval()


def run(model: Encoder) -> torch.Tensor:
    ids = torch.tensor([2, 7, 9, 41, 3])
    with torch.inference_mode():
        return model(ids, torch.zeros_like(ids), torch.arange(5), packed([5]))


def test_quantising_keeps_every_row_within_half_a_step() -> None:
    matrix = torch.randn(4, 9) * torch.tensor([[0.01], [1.0], [30.0], [0.0]])
    narrow, scale = quantise(matrix)
    assert narrow.dtype == torch.int8
    assert ((narrow * scale[:, None] - matrix).abs() <= scale[:, None] / 2 + 1e-9).all()


@pytest.mark.skipif(torch.cuda.is_available(), reason="the model runs in half precision there")
def test_a_written_model_reads_back_in_int8_and_answers_alike(model: Encoder, tmp_path: Path) -> None:
    file = tmp_path / "model.safetensors"
    size = write(model, file)
    read, device = weights.read(file)
    assert size == file.stat().st_size
    assert device.type == "cpu"
    assert isinstance(read.layers[0].expand, weights.Int8Linear)
    wide, narrow = run(model), run(read)
    assert (wide - narrow).abs().max() < 0.1 * wide.abs().max()


@pytest.mark.skipif(torch.cuda.is_available(), reason="the model runs in half precision there")
def test_without_int8_kernels_the_model_runs_in_float(
    model: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "model.safetensors"
    write(model, file)
    monkeypatch.setattr(weights, "_runs_int8", lambda: False)
    read, _ = weights.read(file)
    assert isinstance(read.layers[0].expand, torch.nn.Linear)
    assert (run(model) - run(read)).abs().max() < 0.05 * run(model).abs().max()
