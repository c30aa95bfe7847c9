"""Duties are separated where the product is installed: what serves owns nothing, in the rendered chart and in compose."""

from __future__ import annotations

import platform
import sys

import pytest

from testing import deployment

pytestmark = pytest.mark.heavy
JOBS = {"records": "of-records", "verify": "of-verify", "expiring": "compliance-proxy", "selftest": "of-selftest"}
FULL = {
    "catalog": {"registry.yaml": "targets: {}"}, "importSecret": "of-import",
    "jobs": {name: {"secret": secret} for name, secret in JOBS.items()},
    "environment": {"PROXY_REGISTRY": "database", "PROXY_ADMIN_API": "true"},
}  # fmt: skip
#: Whose login each container has.
SECRETS = {
    "proxy": "compliance-proxy",
    "bundle": "compliance-proxy",
    "migrate": "compliance-proxy-migrate",
    "import": "of-import",
    **JOBS,
}
LOGINS = {
    "proxy": "proxy_serve", "migrate": "proxy_migrate", "records": "proxy_records", "auditor": "proxy_auditor",
}  # fmt: skip


@pytest.mark.skipif(deployment.helm() is None, reason="no helm for this machine")
@pytest.mark.parametrize("values", [{}, FULL])
def test_each_container_of_the_chart_gets_its_own_login_alone(values):
    rendered = deployment.documents(values)
    for _, pod in deployment.pods(rendered):
        for one in (*pod.get("initContainers", ()), *pod["containers"]):
            secrets = {source["secretRef"]["name"] for source in one.get("envFrom", ())}
            assert not [entry for entry in one.get("env", ()) if "valueFrom" in entry]
            assert secrets <= {SECRETS.get(one["name"])}, one["name"]
            assert secrets or one["name"] in {"opa", "bundle"}
    assert ("import" in deployment.containers(rendered, {name: {} for name in SECRETS.values()})) is bool(values)


def test_each_service_of_compose_gets_its_own_login_alone():
    names = (
        "POSTGRES",
        "PROXY_MIGRATE",
        "PROXY_IMPORT",
        "PROXY_SERVE",
        "PROXY_RECORDS",
        "PROXY_AUDITOR",
        "PROXY_VERIFY",
    )
    services = deployment.composed(
        {"PROXY_SECRET_KEY": "key", **{f"{name}_PASSWORD": f"of {name.lower()}" for name in names}}
    )
    logins = {name: one.environment for name, one in services.items() if "DATABASE_URL" in one.environment}
    assert {name: one["DATABASE_URL"] for name, one in logins.items()} == {
        name: f"postgresql://{login}@postgres:5432/proxy" for name, login in LOGINS.items()
    }
    for name, environment in logins.items():
        passwords = {value for value in environment.values() if value.startswith("of ")}
        assert passwords == {f"of {LOGINS[name]}"}, name
    assert "PROXY_SECRET_KEY" not in services["migrate"].environment
    assert not services["selftest"].environment["COMPLIANCE_PROXY_KEY"]


def test_helm_is_there_where_its_package_runs():
    assert deployment.helm() is not None or (sys.platform, platform.machine()) != ("linux", "x86_64")
