from __future__ import annotations

from proxy.detection.models.classifier_files import CLASSIFIER
from proxy.detection.pool.forked import child_environment


def test_a_worker_gets_no_secret_and_no_address_but_learns_where_its_models_are(monkeypatch):
    monkeypatch.setenv("PROXY_SECRET_KEY", "secret")
    monkeypatch.setenv("DATABASE_URL", "postgres://db")
    monkeypatch.setenv("SOME_API_KEY", "secret")
    monkeypatch.setenv(CLASSIFIER, "/models/acme")
    variables = child_environment()
    assert variables.keys().isdisjoint({"PROXY_SECRET_KEY", "DATABASE_URL", "SOME_API_KEY"})
    assert variables[CLASSIFIER] == "/models/acme"
