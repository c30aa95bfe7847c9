from __future__ import annotations

from pathlib import Path

import pytest

from proxy.detection.models.classifier_files import OWN, SHIPPED
from proxy.detection.pool.surroundings import CLASSIFIER, DEFAULT, child_environment, classifier
from proxy.errors import ConfigurationError
from proxy.settings import Settings


def test_a_worker_gets_no_secret_and_no_address_but_learns_where_its_models_are(monkeypatch):
    monkeypatch.setenv("PROXY_SECRET_KEY", "secret")
    monkeypatch.setenv("DATABASE_URL", "postgres://db")
    monkeypatch.setenv("SOME_API_KEY", "secret")
    monkeypatch.setenv(CLASSIFIER, "/models/acme")
    given = child_environment()
    assert given.keys().isdisjoint({"PROXY_SECRET_KEY", "DATABASE_URL", "SOME_API_KEY"})
    assert given[CLASSIFIER] == "/models/acme"


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_classifier_is_chosen_by_its_name(monkeypatch, name):
    monkeypatch.setenv(CLASSIFIER, name)
    assert classifier() == SHIPPED[name]


def test_the_default_reads_where_none_is_chosen_or_the_choice_is_empty(monkeypatch):
    monkeypatch.delenv(CLASSIFIER, raising=False)
    assert classifier() == SHIPPED[DEFAULT]
    monkeypatch.setenv(CLASSIFIER, "")
    assert classifier() == SHIPPED[DEFAULT]


def test_the_settings_name_the_same_default():
    assert Settings.model_fields["classifier"].default == DEFAULT


def test_a_folder_may_hold_another(monkeypatch, tmp_path: Path):
    for name in OWN:
        (tmp_path / name).touch()
    monkeypatch.setenv(CLASSIFIER, str(tmp_path))
    assert classifier() == tmp_path


@pytest.mark.parametrize("choice", ["", "fastest"])
def test_a_choice_without_a_model_is_refused_with_what_it_can_be(monkeypatch, tmp_path: Path, choice):
    monkeypatch.setenv(CLASSIFIER, str(tmp_path / choice))
    with pytest.raises(ConfigurationError, match=r"neither accurate nor fast, nor a folder"):
        classifier()
