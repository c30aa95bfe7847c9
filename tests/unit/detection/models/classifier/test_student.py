from __future__ import annotations

import random
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from proxy.detection.models.classifier.encoder import Encoder, Sizes  # noqa: E402
from training.detector import unlabelled  # noqa: E402
from training.detector.average import average  # noqa: E402
from training.detector.examples import Example  # noqa: E402
from training.detector.export import write  # noqa: E402
from training.detector.student import agreement, divergence, restored, scored, student, taught  # noqa: E402

pytestmark = pytest.mark.heavy

SIZES = Sizes(vocabulary=60, labels=5, hidden=48, layers=4, heads=12, inner=64, positions=24)
ROWS = [Example([7, 9, 41], [0, 1, 0], [0, 0, 0]), Example([8, 12], [4, 0], [0, 0])]
PO = 'msgid ""\nmsgstr "Project-Id-Version: x\\n"\n\nmsgid "Save"\nmsgstr "Speichern und "\n"schließen"\n'


@pytest.fixture
def teacher() -> Encoder:
    torch.manual_seed(3)
    return Encoder(SIZES).eval()


def test_a_student_of_all_layers_is_its_teacher(teacher):
    learner = student(teacher.state_dict(), (0, 1, 2, 3))
    assert agreement(teacher, learner, ROWS) == "divergence 0.0000, another label on 0.00 % of the tokens"


def test_a_student_begins_with_the_layers_that_are_named(teacher):
    learner = student(teacher.state_dict(), (1, 3))
    assert len(learner.layers) == 2
    assert torch.equal(learner.layers[0].expand.weight, teacher.layers[1].expand.weight)
    assert torch.equal(learner.layers[1].expand.weight, teacher.layers[3].expand.weight)
    assert not agreement(teacher, learner, ROWS).startswith("divergence 0.0000")


def test_steps_towards_the_teacher_bring_the_student_closer(teacher):
    learner = student(teacher.state_dict(), (1, 3))
    ids = torch.tensor([[2, 7, 9, 41, 3]])
    rows = ids, torch.zeros_like(ids), torch.ones_like(ids, dtype=torch.bool)
    answer = taught(teacher, rows)
    optimizer = torch.optim.AdamW(learner.parameters(), lr=1e-3)
    losses = []
    for _ in range(5):
        loss = divergence(answer, scored(learner, rows))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0]


def test_translations_are_read_without_their_head_and_joined_over_lines(tmp_path: Path):
    folder = tmp_path / "app" / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.po").write_text(PO)
    assert list(unlabelled.translated(tmp_path, ("de", "fr"), random.Random(1))) == ["Speichern und schließen"]


def test_training_goes_on_from_a_checkpoint_or_from_the_weights_in_a_folder(teacher, tmp_path: Path):
    torch.save(teacher.state_dict(), tmp_path / "checkpoint.pt")
    write(teacher, tmp_path / "model.safetensors")
    exact, rounded = restored(tmp_path / "checkpoint.pt"), restored(tmp_path)
    assert exact.keys() == rounded.keys() == teacher.state_dict().keys()
    for name, value in teacher.state_dict().items():
        assert torch.equal(exact[name], value)
        assert torch.allclose(rounded[name], value, atol=float(value.abs().max()) / 120), name


def test_the_mean_of_runs_has_of_every_weight_their_shares(teacher):
    torch.manual_seed(4)
    other = Encoder(SIZES).eval()
    mean = average([(teacher.state_dict(), 0.25), (other.state_dict(), 0.75)])
    for name, value in mean.state_dict().items():
        assert torch.allclose(value, 0.25 * teacher.state_dict()[name] + 0.75 * other.state_dict()[name])


def test_shares_that_do_not_add_up_are_refused(teacher):
    with pytest.raises(ValueError, match="do not add up to one"):
        average([(teacher.state_dict(), 0.5), (teacher.state_dict(), 0.6)])
