from __future__ import annotations

from pathlib import Path

import pytest

from proxy.detection.models.classifier_files import CLASSIFIER, DEFAULT, OWN, SHIPPED, chosen
from proxy.errors import ConfigurationError
from proxy.settings import Settings


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_classifier_is_chosen_by_its_name(monkeypatch, name):
    monkeypatch.setenv(CLASSIFIER, name)
    assert chosen() == SHIPPED[name]


def test_the_default_reads_where_none_is_chosen_or_the_choice_is_empty(monkeypatch):
    monkeypatch.delenv(CLASSIFIER, raising=False)
    assert chosen() == SHIPPED[DEFAULT]
    monkeypatch.setenv(CLASSIFIER, "")
    assert chosen() == SHIPPED[DEFAULT]


def test_the_settings_name_the_same_default():
    assert Settings.model_fields["classifier"].default == DEFAULT


def test_a_folder_may_hold_another(monkeypatch, tmp_path: Path):
    for name in OWN:
        (tmp_path / name).touch()
    monkeypatch.setenv(CLASSIFIER, str(tmp_path))
    assert chosen() == tmp_path


@pytest.mark.parametrize("choice", ["", "fastest"])
def test_a_choice_without_a_model_is_refused_with_what_it_can_be(monkeypatch, tmp_path: Path, choice):
    monkeypatch.setenv(CLASSIFIER, str(tmp_path / choice))
    with pytest.raises(ConfigurationError, match=r"neither accurate nor fast, nor a folder"):
        chosen()
