"""Duties are separated where the product is installed: what serves owns nothing, in the rendered chart and in compose."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from tests.repo.helm import Chart

ROOT = Path(__file__).parents[2]
VALUES = {
    "catalog": {"registry.yaml": "targets: {}"}, "audit": {"anchorClaim": "notes"}, "records": {"secret": "of-records"},
    "environment": {"PROXY_REGISTRY": "database", "PROXY_ADMIN_API": "true"},
}  # fmt: skip


def containers(document):
    """Yield the containers of a workload, by name."""
    spec = document.get("spec", {})
    spec = spec.get("jobTemplate", {}).get("spec", spec)
    pod = spec.get("template", {}).get("spec", {})
    for one in (*pod.get("initContainers", ()), *pod.get("containers", ())):
        yield one["name"], one


@pytest.mark.parametrize("values", [{}, VALUES])
def test_no_container_of_the_chart_but_the_migration_gets_the_owners_login(values):
    rendered = {name: one for document in Chart(ROOT / "deploy/helm/compliance-proxy", values).documents()
                for name, one in containers(document)}  # fmt: skip
    secrets = {
        name: {entry["secretRef"]["name"] for entry in one.get("envFrom", ())}
        | {entry["valueFrom"]["secretKeyRef"]["name"] for entry in one.get("env", ()) if "valueFrom" in entry}
        for name, one in rendered.items()
    }
    assert secrets["migrate"] == {"compliance-proxy-migrate"}
    assert secrets["proxy"] == {"compliance-proxy"}
    assert all("compliance-proxy-migrate" not in found for name, found in secrets.items() if name != "migrate")
    assert secrets.get("records", {"of-records"}) == {"of-records"}
    if values:
        given = {entry["name"] for entry in rendered["bundle"]["env"]}
        assert {"DATABASE_URL", "PROXY_SECRET_KEY"} <= given


def test_no_service_of_compose_but_the_migration_gets_the_owners_login():
    names = re.findall(r"\$\{(\w+_PASSWORD)\b", (ROOT / "docker-compose.yml").read_text())
    environment = {name: name.lower() for name in names}
    text = re.sub(
        r"\$\{(\w+)(?::[-?]([^}]*))?\}",
        lambda found: environment.get(found[1], found[2] or ""),
        (ROOT / "docker-compose.yml").read_text(),
    )
    services = yaml.safe_load(text)["services"]
    logins = {
        name: re.match(r"postgresql://(\w+):", one["environment"]["DATABASE_URL"])[1]
        for name, one in services.items()
        if "DATABASE_URL" in (one.get("environment") or {})
    }
    assert logins == {
        "proxy": "proxy_serve", "migrate": "proxy_migrate", "records": "proxy_records", "auditor": "proxy_auditor",
    }  # fmt: skip
    for name in ("proxy", "records", "auditor"):
        told = str(services[name]["environment"])
        assert "proxy_migrate_password" not in told, name
        assert not re.search(r"(?<!proxy_)\bpostgres_password", told), name
    assert "PROXY_SECRET_KEY" not in services["migrate"]["environment"]
