from __future__ import annotations

import datetime as dt
from pathlib import Path

import orjson
import pytest
import yaml
from pydantic import ValidationError

from proxy.catalog import documents
from proxy.catalog.documents import check
from proxy.catalog.endpoints import TargetEndpoint
from proxy.catalog.load import change_dates, compiled, data_document, legal_data
from proxy.catalog.models import RegistryDocument
from proxy.core.targets.destinations import Destinations
from proxy.errors import ConfigurationError
from proxy.runtime.environment import environment
from proxy.runtime.resources import shipped

POLICIES = shipped("policies")
EXAMPLE = Path(__file__).parents[2] / "contracts" / "example_data_document.json"
TARGET = {"provider": "p", "operator": "third_party", "deployment": "regional", "processing_regions": ["IE"]}
REGISTRY = {
    "providers": {"p": {"legal_name": "P"}},
    "targets": {"p/eu": TARGET},
    "tenants": {"acme": {"establishments": ["DE"]}},
    "activities": {"support": {"purpose": "dpv:CustomerCare"}},
}
ENDPOINTS = {"endpoints": {"p/eu": {"base_url": "${TARGET_P_URL}/v1/", "models": {"*": "*"}}}}
ROUTES = {"routes": [{"targets": ["p/eu"]}]}


def write(folder, registry=REGISTRY, endpoints=ENDPOINTS, routes=ROUTES):
    for name, content in (("registry", registry), ("endpoints", endpoints), ("routes", routes)):
        text = content if isinstance(content, str) else yaml.safe_dump(content)
        (folder / f"{name}.yaml").write_text(text)
    return folder


def load(folder, **variables):
    return compiled(documents.read(folder), POLICIES, variables)


def changed(**changes):
    """Return the registry with one place changed; the key is a dotted path with / for the dots inside a name."""
    document = orjson.loads(orjson.dumps(REGISTRY))
    for path, value in changes.items():
        *above, last = path.replace("__", ".").split(".")
        node = document
        for name in above:
            node = node[name.replace("p_eu", "p/eu")]
        node[last.replace("p_eu", "p/eu")] = value
    return document


def test_what_is_shipped_loads():
    catalog = compiled(documents.read(shipped("config")), POLICIES, environment())
    assert catalog.routes
    assert set(catalog.targets) >= {name for route in catalog.routes for name in route.targets}
    assert catalog.entity_kinds
    assert catalog.change_dates


def test_compiled_catalog(tmp_path):
    catalog = load(write(tmp_path), TARGET_P_URL="http://p.test")
    assert catalog.targets["p/eu"].base_url == "http://p.test/v1"
    assert (catalog.targets["p/eu"].self_hosted, catalog.targets["p/eu"].region) == (False, "IE")
    assert catalog.tenants["acme"]["id"] == "acme"
    assert catalog.data_document["targets"]["p/eu"] == TARGET
    assert catalog.revision.startswith(catalog.data_document["as_of"])


def test_a_target_takes_text_alone_unless_it_is_said():
    catalog = compiled(documents.read(shipped("config")), POLICIES, environment())
    assert catalog.targets["local/eu"].accepts.inputs == catalog.targets["standin/eu"].accepts.inputs == {"text"}
    assert catalog.targets["openai/us"].accepts.inputs == {"text", "image", "audio", "file"}


@pytest.mark.parametrize(
    "takes",
    [
        {"inputs": []},
        {"inputs": ["smell"]},
        {"features": ["two words"]},
        {"features": [""]},
        {"remote_hosts": ["10.0.0.1"]},
        {"remote_hosts": ["https://pictures.example"]},
        {"remote_hosts": ["metadata.google.internal"]},
    ],
)
def test_what_a_target_cannot_be_said_to_take(takes):
    with pytest.raises(ValidationError):
        TargetEndpoint.model_validate({"base_url": "http://x.test", **takes})


def test_an_unset_variable_leaves_a_target_without_an_address(tmp_path):
    assert load(write(tmp_path)).targets["p/eu"].base_url == ""
    assert load(write(tmp_path), TARGET_P_URL="").targets["p/eu"].base_url == ""


def test_the_revision_follows_the_content(tmp_path):
    first = load(write(tmp_path)).revision
    assert load(write(tmp_path)).revision == first
    assert load(write(tmp_path, changed(tenants__acme__us_person=True))).revision != first
    assert load(write(tmp_path, changed(revision="mine"))).revision == "mine"


def test_a_catalog_is_frozen(tmp_path):
    catalog = load(write(tmp_path))
    with pytest.raises(TypeError):
        catalog.targets["x"] = catalog.targets["p/eu"]


def test_an_endpoint_that_is_not_registered_is_a_third_partys(tmp_path):
    endpoints = {"endpoints": {**ENDPOINTS["endpoints"], "q/us": {"base_url": "http://q.test"}}}
    assert load(write(tmp_path, endpoints=endpoints)).targets["q/us"].self_hosted is False


@pytest.mark.parametrize(
    ("registry", "where"),
    [
        (changed(colour="red"), "colour"),
        (changed(targets__p_eu__colour="red"), "targets.p/eu.colour"),
        (changed(tenants__acme__region="DE"), "tenants.acme.region"),
        (changed(activities__support__legal_bases="A6-1-b"), "activities.support.legal_bases"),
        (changed(targets__p_eu__dpa={"status": "signed", "expiry": "2030-01-01"}), "targets.p/eu.dpa.expiry"),
        (changed(targets__p_eu__dpa={"status": "perhaps"}), "targets.p/eu.dpa.status"),
        (changed(targets__p_eu__dpa={"expires": "31.12.2030"}), "targets.p/eu.dpa.expires"),
        (changed(targets__p_eu__dpa={"expires": "2030-02-30"}), "targets.p/eu.dpa.expires"),
        (changed(targets__p_eu__dpa={"expires": dt.date(2030, 1, 1)}), "targets.p/eu.dpa.expires"),
        (changed(targets__p_eu__dpa={"expires": 20300101}), "targets.p/eu.dpa.expires"),
        (changed(targets__p_eu__operator="friend"), "targets.p/eu.operator"),
        (changed(targets__p_eu__training_use="no"), "targets.p/eu.training_use"),
        (changed(targets__p_eu__retention_days=-1), "targets.p/eu.retention_days"),
        (changed(targets__p_eu__retention_days="30"), "targets.p/eu.retention_days"),
        (changed(tenants__acme__establishments=["Germany"]), "tenants.acme.establishments.0"),
        (changed(tenants__acme__us_person=1), "tenants.acme.us_person"),
        (
            changed(exceptions=[{"id": "e", "waives": ["X"], "approved_by": ["me"], "expires": "2030-01-01"}]),
            "exceptions.0.approved_by",
        ),
        (changed(exceptions=[{"id": "e", "waives": ["X"], "approved_by": ["me", "you"]}]), "exceptions.0.expires"),
        ({}, "targets"),
    ],
)
def test_a_wrong_registry_is_refused_and_the_path_named(tmp_path, registry, where):
    with pytest.raises(ConfigurationError, match=r"registry\.yaml") as caught:
        load(write(tmp_path, registry))
    assert f" {where}:" in str(caught.value)


@pytest.mark.parametrize(
    ("registry", "where"),
    [
        (changed(targets__p_eu__dpa=None), "targets.p/eu.dpa"),
        (changed(tenants__acme=None), "tenants.acme"),
        (changed(tenants__acme__establishments=["DE", None]), "tenants.acme.establishments.1"),
        ("", "the document"),
        ("targets:\n", "targets"),
    ],
)
def test_nulls_are_refused_and_named(tmp_path, registry, where):
    with pytest.raises(ConfigurationError, match=f"registry.yaml: {where} is null"):
        load(write(tmp_path, registry))


@pytest.mark.parametrize("content", ["{", "a: [", "\tx", "!!python/object/apply:os.system [ls]", "- 1", "5", "x"])
def test_what_is_no_registry(tmp_path, content):
    with pytest.raises(ConfigurationError, match=r"registry\.yaml"):
        load(write(tmp_path, content))


def test_a_file_that_is_not_utf8(tmp_path):
    write(tmp_path)
    (tmp_path / "routes.yaml").write_bytes(b"routes: \xff\xfe\xe9")
    with pytest.raises(ConfigurationError, match=r"routes\.yaml"):
        load(tmp_path)


def test_a_repeated_key_is_refused(tmp_path):
    twice = yaml.safe_dump(REGISTRY) + "tenants:\n  acme: {establishments: [US]}\n"
    with pytest.raises(ConfigurationError, match="tenants"):
        load(write(tmp_path, twice))


@pytest.mark.parametrize("name", ["registry", "endpoints", "routes"])
def test_a_missing_file_is_named(tmp_path, name):
    write(tmp_path)
    (tmp_path / f"{name}.yaml").unlink()
    with pytest.raises(ConfigurationError, match=f"{name}.yaml is missing"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("routes", "said"),
    [
        ({"routes": [{"targets": ["q/us"]}]}, "q/us"),
        ({"routes": [{"targets": []}]}, "routes.0.targets"),
        ({"routes": [{"targets": ["p/eu"], "colour": "red"}]}, "routes.0.colour"),
        ({"routes": [{"targets": ["p/eu"], "model": 5}]}, "routes.0.model"),
        (
            {"routes": [{"targets": ["p/eu"], "weights": {"q/us": 1}}]},
            "routes.0: weights: 'q/us' is not among the targets",
        ),
        ({"routes": [{"targets": ["p/eu"], "weights": {"p/eu": -1}}]}, "routes.0.weights.p/eu"),
        ({"routes": [{"targets": ["p/eu"], "mirror": {"target": "q/us"}}]}, "target 'q/us' has no entry in endpoints"),
        (
            {"routes": [{"targets": ["p/eu"], "canary": {"target": "p/us"}}]},
            r"routes.yaml: routes.0.canary.target: target 'p/us' has no entry in endpoints; did you mean p/eu\? \(line",
        ),
        (
            {"routes": [{"targets": ["p/eu"], "canary": {"target": "p/eu"}}]},
            "'p/eu' is the first of the targets already",
        ),
        ({"routes": [{"targets": ["p/eu", "p/eu"]}]}, "targets: 'p/eu' is repeated"),
        (
            {"routes": [{"targets": ["p/eu"], "former": {"targets": ["q/us"]}}]},
            "routes.0.former.targets.0: target 'q/us' has no entry in endpoints.*: until it has one again, remove routes.0.former",
        ),
        ({"routes": [{"id": "m", "targets": ["p/eu"]}, {"id": "m", "targets": ["p/eu"]}]}, "the id 'm' is repeated"),
    ],
)
def test_wrong_routes(tmp_path, routes, said):
    with pytest.raises(ConfigurationError, match=said):
        load(write(tmp_path, routes=routes))


@pytest.mark.parametrize(
    ("said", "dialects", "operations"),
    [
        ({}, {"openai_chat", "openai_embeddings"}, None),
        ({"dialect": "openai"}, {"openai_chat", "openai_embeddings"}, None),
        ({"dialects": ["openai"]}, {"openai_chat", "openai_embeddings"}, None),
        ({"dialects": ["openai_chat"], "operations": ["chat"]}, {"openai_chat"}, {"chat"}),
    ],
)
def test_what_a_target_speaks(tmp_path, said, dialects, operations):
    takes = (
        load(write(tmp_path, endpoints={"endpoints": {"p/eu": {"base_url": "http://x", **said}}}))
        .targets["p/eu"]
        .accepts
    )
    assert (takes.dialects, takes.operations) == (dialects, operations)


@pytest.mark.parametrize(
    ("operator", "said", "translated"),
    [
        ("third_party", {}, False),
        ("third_party", {"translate": True}, True),
        ("self", {}, True),
        ("self", {"translate": False}, False),
    ],
)
def test_a_target_of_ones_own_is_asked_in_other_words_unless_the_catalog_says_no(tmp_path, operator, said, translated):
    folder = write(tmp_path, endpoints={"endpoints": {"p/eu": {"base_url": "http://x", **said}}})
    registry = yaml.safe_load((folder / "registry.yaml").read_text())
    registry["targets"]["p/eu"]["operator"] = operator
    (folder / "registry.yaml").write_text(yaml.safe_dump(registry))
    assert load(folder).targets["p/eu"].accepts.translated is translated


@pytest.mark.parametrize(
    ("base_url", "hosts", "refusal"),
    [
        ("https://api.vendor.example/v1", None, ""),
        ("https://api.vendor.example/v1", "api.vendor.example", ""),
        ("https://api.vendor.example/v1", "api.vendor.example:8443", "not listed"),
        ("https://elsewhere.example", "api.vendor.example", "not listed"),
        ("http://169.254.169.254/latest", None, "link-local or metadata"),
        ("http://[fe80::1]/", None, "link-local or metadata"),
        ("http://169.254.169.254/latest", "169.254.169.254", ""),
        ("http://[::1", None, "not a URL"),
        ("https://x.example/openai/deployments/{model}?api-version=2024-10-21", None, ""),
    ],
)
def test_a_target_has_an_address_that_this_installation_calls(base_url, hosts, refusal):
    plain = {
        "registry": {"targets": {}, "tenants": {}, "activities": {}},
        "endpoints": {"p/eu": {"base_url": base_url}},
    }
    read = check({**plain, "routes": [{"targets": ["p/eu"]}]})
    if refusal:
        with pytest.raises(ConfigurationError, match=f"endpoints.p/eu.base_url: it is .*{refusal}"):
            compiled(read, POLICIES, {}, Destinations.of(hosts))
    else:
        assert compiled(read, POLICIES, {}, Destinations.of(hosts)).targets["p/eu"].base_url == base_url.rstrip("/")


def test_no_caller_names_a_host():
    plain = {"registry": {"targets": {}, "tenants": {}, "activities": {}}, "routes": [{"targets": ["p/eu"]}]}
    read = check({**plain, "endpoints": {"p/eu": {"base_url": "https://{model}.example/v1"}}})
    with pytest.raises(ConfigurationError, match="only in its path"):
        compiled(read, POLICIES, {})


def test_dates_at_which_evidence_changes():
    document = {
        "as_of": "2026-01-01",
        "max_age_days": 30,
        "targets": {"a": {"dpa": {"signed_on": "2025-01-01", "expires": "2027-01-01", "checked_on": "2026-01-02"}}},
        "adequacy": {"eu": [{"country": "US", "from": "2023-07-10", "until": "2026-06-01"}]},
        "exceptions": [{"expires": "2026-03-01T12:00:00+00:00"}],
    }
    assert change_dates(document) == (
        "2023-07-10", "2025-01-01", "2026-02-01", "2026-03-02", "2026-06-02", "2027-01-02",
    )  # fmt: skip


def test_legal_keys_of_the_registry_override_what_is_shipped():
    legal = legal_data(POLICIES)
    registry = RegistryDocument.model_validate(changed(as_of="2031-01-01", max_age_days=7))
    document = data_document(registry, legal)
    assert (document["as_of"], document["max_age_days"]) == ("2031-01-01", 7)
    assert document["entity_map"] == legal["entity_map"]


@pytest.mark.parametrize(("name", "reason"), [("europe", "no regime asks"), ("eu", "does not exist")])
def test_lists_of_decisions_are_those_that_regimes_name(name, reason):
    legal = legal_data(POLICIES)
    lists = {**legal["adequacy"], "europe": []} if name == "europe" else {"uk": legal["adequacy"]["uk"]}
    with pytest.raises(ConfigurationError, match=reason):
        data_document(RegistryDocument.model_validate(changed()), {**legal, "adequacy": lists})


def test_a_data_document_serves_as_registry_and_compiles_to_itself(tmp_path):
    if not EXAMPLE.is_file():
        pytest.skip("the example document is not here")
    example = orjson.loads(EXAMPLE.read_bytes())
    (tmp_path / "registry.yaml").write_text(yaml.safe_dump(example, sort_keys=False))
    write_rest = {name: {"base_url": "http://x.test"} for name in example["targets"]}
    (tmp_path / "endpoints.yaml").write_text(yaml.safe_dump({"endpoints": write_rest}))
    (tmp_path / "routes.yaml").write_text(yaml.safe_dump({"routes": [{"targets": list(example["targets"])}]}))
    compiled = dict(load(tmp_path).data_document)
    for section in ("regions", "adequacy", "config", "entity_map", "ai_practices"):  # law that it leaves out counts
        written = example.pop(section, {})
        assert {name: compiled[section][name] for name in written} == written
        assert compiled[section].keys() == written.keys() | legal_data(shipped("policies"))[section].keys()
    assert {name: compiled[name] for name in example} == example
