from __future__ import annotations

from pathlib import Path

import pytest

from proxy.detection.models.classifier_files import SHIPPED
from proxy.detection.pool.surroundings import CLASSIFIER, child_environment, classifier
from proxy.errors import ConfigurationError


def test_a_worker_gets_no_secret_and_no_address_but_learns_where_its_models_are(monkeypatch):
    monkeypatch.setenv("PROXY_SECRET_KEY", "secret")
    monkeypatch.setenv("DATABASE_URL", "postgres://db")
    monkeypatch.setenv("SOME_API_KEY", "secret")
    monkeypatch.setenv(CLASSIFIER, "/models/acme")
    given = child_environment()
    assert given.keys().isdisjoint({"PROXY_SECRET_KEY", "DATABASE_URL", "SOME_API_KEY"})
    assert given[CLASSIFIER] == "/models/acme"


def test_the_classifier_is_the_shipped_one_unless_a_folder_is_named(monkeypatch):
    monkeypatch.delenv(CLASSIFIER, raising=False)
    assert classifier() == SHIPPED
    monkeypatch.setenv(CLASSIFIER, str(SHIPPED))
    assert classifier() == SHIPPED


def test_a_folder_without_a_model_is_refused_with_what_it_needs(monkeypatch, tmp_path: Path):
    monkeypatch.setenv(CLASSIFIER, str(tmp_path))
    with pytest.raises(ConfigurationError, match=r"model\.safetensors with activations\.json"):
        classifier()
