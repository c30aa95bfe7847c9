"""What the chart renders is what Kubernetes takes, and what it must not take it refuses; helm renders it."""

from __future__ import annotations

import json
import re

import kubernetes_validate
import pytest
import yaml

from proxy.settings import Settings
from testing import deployment

pytestmark = [pytest.mark.heavy, pytest.mark.skipif(deployment.helm() is None, reason="no helm for this machine")]
FULL = yaml.safe_load(
    """
catalog: {registry.yaml: "targets: {}", lists.yaml: "a: 1"}
rules: {org/housing/rule.rego: "package org.housing", quiet.yaml: "a: 1"}
audit: {anchorClaim: notes}
importSecret: of-import
targetFilesSecret: of-targets
jobs:
  records: {secret: of-records}
  verify: {secret: of-verify}
  expiring: {secret: compliance-proxy}
  selftest: {secret: of-selftest}
environment: {PROXY_REGISTRY: database, PROXY_ADMIN_API: true, TARGET_X: "1", PROXY_LOCAL_MODEL_URL: "http://model", PROXY_OTEL_ENDPOINT: "http://otel"}
workers: 4
ingress: {enabled: true, host: proxy.example, tlsSecret: tls, className: nginx, annotations: {a: b}}
gateway: {enabled: true, parentRefs: [{name: public}], hostnames: [proxy.example]}
monitoring: {serviceMonitor: {enabled: true, labels: {release: prometheus}}, prometheusRule: {enabled: true}, dashboard: {enabled: true}}
image: {pullSecrets: [registry], digest: "sha256:%s"}
serviceAccount: {annotations: {role: arn}}
detector: {enabled: true, secret: of-detectors, proxySecret: of-proxies, nodeSelector: {gpu: "1"}, tolerations: [{key: gpu}]}
networkPolicy:
  targets: [{to: [{ipBlock: {cidr: 203.0.113.7/32}}], port: 443}]
  metricsFrom: [{namespaceSelector: {}}]
extraVolumes: [{name: ca, configMap: {name: ca}}]
extraVolumeMounts: [{name: ca, mountPath: /ca}]
"""
    % ("0" * 64)
)
#: Kinds of operators, of which Kubernetes itself knows nothing.
FOREIGN = {"ServiceMonitor", "PrometheusRule", "HTTPRoute"}


@pytest.fixture(scope="module", params=[{}, FULL], ids=["defaults", "everything"])
def rendered(request):
    return deployment.documents(request.param)


@pytest.fixture(scope="module")
def everything():
    return deployment.documents(FULL)


def of(documents, kind, name="compliance-proxy"):
    return next(one for one in documents if one["kind"] == kind and one["metadata"]["name"] == name)


def test_helm_is_there_where_it_can_be():
    assert deployment.helm_run("lint", values=FULL).returncode == 0


def test_kubernetes_takes_every_document(rendered):
    for document in rendered:
        if document["kind"] not in FOREIGN:
            kubernetes_validate.validate(document, "1.37", strict=True)
    assert len({(one["kind"], one["metadata"]["name"]) for one in rendered}) == len(rendered)


@pytest.mark.parametrize(
    "values",
    [
        {"environmen": {"X": "1"}}, {"workers": "four"}, {"workers": 0}, {"environment": {"PROXY_ADMN_API": "true"}},
        {"environment": {"lower": "1"}}, {"environment": {"DATABASE_URL": "postgresql://x"}}, {"replicas": {"min": 0}},
        {"environment": {"PROXY_SECRET_KEY": "x"}}, {"environment": {"PROXY_DATABASE_PASSWORD": "x"}},
        {"ingress": {"enabled": True}}, {"gateway": {"enabled": True}}, {"image": {"digest": "abc"}},
        {"catalog": {"regstry.yaml": "x"}}, {"rules": {"../x.rego": "x"}}, {"jobs": {"selftset": {"secret": "x"}}},
        {"networkPolicy": {"database": {"port": "http"}}}, {"networkPolicy": {"targets": [{"port": 443}]}},
        {"detector": {"enabled": True}}, {"detector": {"enabled": True, "secret": "x"}}, {"detector": {"turn": 1}},
        {"audit": {"anchorclaim": "x"}}, {"existingSecret": ""}, {"jobs": {"verify": {"schedule": "often"}}},
    ],
    ids=str,
)  # fmt: skip
def test_what_is_mistyped_is_refused(values):
    done = deployment.helm_run("template", "x", values=values)
    assert done.returncode != 0
    assert "values don't meet the specifications" in done.stderr


def test_every_variable_that_the_chart_sets_is_a_setting_or_a_target(everything):
    named = {entry["name"] for _, pod in deployment.pods(everything)
             for one in (*pod.get("initContainers", ()), *pod["containers"]) for entry in one.get("env", ())}  # fmt: skip
    known = {*Settings.variables(), "PROXY_LOCAL_MODEL_URL", "COMPLIANCE_PROXY_URL"}
    assert {name for name in named if not name.startswith("TARGET_")} <= known


def test_every_pod_is_hardened_and_pulls_with_the_secrets(everything):
    for name, pod in deployment.pods(everything):
        assert pod["securityContext"]["runAsNonRoot"], name
        assert pod["automountServiceAccountToken"] is pod["enableServiceLinks"] is False, name
        assert pod["imagePullSecrets"] == [{"name": "registry"}], name
        for one in (*pod.get("initContainers", ()), *pod["containers"]):
            assert one["securityContext"]["readOnlyRootFilesystem"], one["name"]
            assert one["resources"]["limits"]["memory"], one["name"]
            volumes = {volume["name"] for volume in pod["volumes"]}
            assert {mount["name"] for mount in one["volumeMounts"]} <= volumes, one["name"]


def test_catalog_rules_and_files_of_targets_lie_where_the_settings_say(everything):
    data = of(everything, "ConfigMap")["data"]
    for name, pod in deployment.pods(everything):
        if name.endswith(("migrate", "detector")):
            continue
        config = next(volume["configMap"] for volume in pod["volumes"] if volume["name"] == "catalog")
        paths = {item["path"]: item["key"] for item in config["items"]}
        assert set(paths) == {"registry.yaml", "lists.yaml", "rules/org/housing/rule.rego", "rules/quiet.yaml"}
        assert set(paths.values()) == set(data)
        for one in pod["containers"]:
            environment = {entry["name"]: entry.get("value") for entry in one["env"]}
            mounts = {mount["mountPath"] for mount in one["volumeMounts"]}
            assert {environment["PROXY_CONFIG_DIR"], environment["PROXY_TARGET_FILES"], "/ca", "/anchor"} <= mounts
            assert environment["PROXY_OVERLAY_DIR"] == "/catalog/rules"


def test_services_and_budgets_choose_the_replicas_alone(everything):
    chosen = of(everything, "Deployment")["spec"]["selector"]["matchLabels"]
    assert of(everything, "Service")["spec"]["selector"] == chosen
    assert of(everything, "PodDisruptionBudget")["spec"]["selector"]["matchLabels"] == chosen
    for document in everything:
        if document["kind"] in {"Job", "CronJob"}:
            spec = document["spec"].get("jobTemplate", document)["spec"]["template"]["metadata"]["labels"]
            assert spec.items() != chosen.items()
            assert spec["app.kubernetes.io/component"] != "proxy"


def test_replicas_reach_the_database_the_targets_and_the_self_test_and_nothing_else(everything):
    ports = [port["port"] for rule in of(everything, "NetworkPolicy")["spec"]["egress"] for port in rule["ports"]]
    assert ports == [53, 53, 5432, 443, "targets", "detect"]
    plain = of(deployment.documents(), "NetworkPolicy")["spec"]["egress"]
    assert [port["port"] for rule in plain for port in rule["ports"]] == [53, 53, 5432]


def test_detectors_are_called_by_replicas_alone_and_call_nobody(everything):
    policy = of(everything, "NetworkPolicy", "compliance-proxy-detector")["spec"]
    assert policy["egress"] == []
    (container,) = of(everything, "Deployment", "compliance-proxy-detector")["spec"]["template"]["spec"]["containers"]
    assert "PROXY_OTEL_ENDPOINT" not in {entry["name"] for entry in container["env"]}  # which it could not reach
    (callers, _metrics) = policy["ingress"]
    chosen = of(everything, "Deployment")["spec"]["selector"]["matchLabels"]
    assert [peer["podSelector"]["matchLabels"] for peer in callers["from"]] == [chosen]
    jobs = of(everything, "NetworkPolicy", "compliance-proxy-jobs")["spec"]["podSelector"]["matchExpressions"]
    assert "detector" in jobs[0]["values"]


def test_both_ends_of_detection_have_certificates_of_their_own(everything):
    secrets = {}
    for name in ("compliance-proxy", "compliance-proxy-detector"):
        pod = of(everything, "Deployment", name)["spec"]["template"]["spec"]
        (container,) = pod["containers"]
        environment = {entry["name"]: entry.get("value") for entry in container["env"]}
        (mount,) = [one["mountPath"] for one in container["volumeMounts"] if one["name"] == "detector-tls"]
        assert all(
            environment[f"PROXY_DETECTOR_{file}"].startswith(f"{mount}/") for file in ("CA", "CERTIFICATE", "KEY")
        )
        (secrets[name],) = [one["secret"]["secretName"] for one in pod["volumes"] if one["name"] == "detector-tls"]
        if name == "compliance-proxy":
            assert environment["PROXY_DETECTOR_URL"] == "https://compliance-proxy-detector:8443"
    assert len(set(secrets.values())) == 2


def test_detectors_scale_by_what_waits_where_keda_can_ask_prometheus():
    documents = deployment.documents({"detector": {"enabled": True, "secret": "a", "proxySecret": "b",
                                                   "keda": {"prometheus": "http://prometheus:9090"}}})  # fmt: skip
    scaled = of(documents, "ScaledObject", "compliance-proxy-detector")["spec"]
    assert scaled["scaleTargetRef"]["name"] == "compliance-proxy-detector"
    assert not [one for one in documents
                if one["kind"] == "HorizontalPodAutoscaler" and one["metadata"]["name"].endswith("detector")]  # fmt: skip


def test_resources_follow_the_workers(rendered):
    pod = of(rendered, "Deployment")["spec"]["template"]["spec"]
    workers = int(next(entry["value"] for entry in pod["containers"][0]["env"] if entry["name"] == "PROXY_WORKERS"))
    requests = pod["containers"][0]["resources"]["requests"]
    assert (requests["cpu"], requests["memory"]) == (str(workers), f"{512 + 512 * workers}Mi")
    assert {one["topologyKey"] for one in pod["topologySpreadConstraints"]} == {
        "topology.kubernetes.io/zone",
        "kubernetes.io/hostname",
    }


def test_the_monitor_reads_ports_that_the_service_has(everything):
    endpoints = {one["port"] for one in of(everything, "ServiceMonitor")["spec"]["endpoints"]}
    service = of(everything, "Service", "compliance-proxy-metrics")
    assert endpoints == {one["name"] for one in service["spec"]["ports"]}
    assert (
        of(everything, "ServiceMonitor")["spec"]["selector"]["matchLabels"].items()
        <= service["metadata"]["labels"].items()
    )
    ports = {one["name"] for container in (*of(everything, "Deployment")["spec"]["template"]["spec"]["containers"],
             *of(everything, "Deployment")["spec"]["template"]["spec"]["initContainers"]) for one in container.get("ports", ())}  # fmt: skip
    assert {one["targetPort"] for one in service["spec"]["ports"]} <= ports


def test_rules_and_dashboard_are_those_beside_the_chart(everything):
    rules, dashboard = deployment.CHART / "rules.yaml", deployment.CHART / "dashboard.json"
    if rules.exists():
        assert of(everything, "PrometheusRule")["spec"] == yaml.safe_load(rules.read_text())
    if dashboard.exists():
        data = of(everything, "ConfigMap", "compliance-proxy-dashboard")["data"]
        assert json.loads(data["compliance-proxy.json"]) == json.loads(dashboard.read_text())


def test_notes_say_what_is_missing():
    notes = deployment.helm_run("install", "x", "--dry-run=client").stdout
    assert re.search("WARNING: catalog is empty.*WARNING: networkPolicy.targets is empty", notes, re.DOTALL)
    complete = deployment.helm_run("install", "x", "--dry-run=client", values=FULL).stdout
    assert "WARNING" not in complete
    assert "https://proxy.example" in complete
