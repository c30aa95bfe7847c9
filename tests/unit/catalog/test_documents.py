from __future__ import annotations

import math
from copy import deepcopy

import pytest

from proxy.catalog import documents
from proxy.errors import ConfigurationError
from proxy.runtime.resources import shipped

TARGET = {"provider": "p", "operator": "third_party", "deployment": "regional", "processing_regions": ["IE"]}
DOCUMENT = {
    "registry": {
        "providers": {"p": {"legal_name": "P"}},
        "targets": {"p/eu": TARGET},
        "tenants": {"acme": {"establishments": ["DE"]}},
        "activities": {"support": {"purpose": "dpv:CustomerCare"}, "billing": {"purpose": "dpv:Billing"}},
    },
    "endpoints": {"p/eu": {"base_url": "${TARGET_P_URL}/v1/", "models": {"*": "*"}}},
    "routes": [{"targets": ["p/eu"]}],
}


def changed(*path, value):
    document = deepcopy(DOCUMENT)
    node = document
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    return document


def test_a_document_is_what_was_written_in_its_order():
    read = documents.check(DOCUMENT)
    assert read.plain == DOCUMENT
    assert list(read.plain["registry"]["activities"]) == ["support", "billing"]


def test_the_revision_follows_the_content_and_not_the_order_of_keys():
    revision = documents.check(DOCUMENT).revision
    assert len(revision) == 20
    turned = {name: DOCUMENT[name] for name in reversed(DOCUMENT)}
    assert documents.check(turned).revision == revision == documents.revision_of(DOCUMENT)
    for path, value in {
        ("registry", "tenants", "acme", "us_person"): True,
        ("endpoints", "p/eu", "timeout_s"): 5.5,
        ("routes", 0, "model"): "gpt-*",
    }.items():
        assert documents.check(changed(*path, value=value)).revision != revision


@pytest.mark.parametrize(
    ("document", "where"),
    [
        ({}, "targets"),
        (changed("registry", "targets", "p/eu", "dpa", value={"status": "perhaps"}), "targets.p/eu.dpa.status"),
        (changed("registry", "tenants", "acme", value=None), "tenants.acme is null"),
        (changed("registry", "colour", value="red"), "colour"),
        (changed("endpoints", "p/eu", "api_key", value="sk-canary"), "endpoints.p/eu.api_key"),
        (changed("endpoints", "p/eu", "timeout_s", value=math.inf), "endpoints.p/eu.timeout_s"),
        (changed("routes", 0, "targets", value=["q/us"]), "routes.0.targets.0: target 'q/us'"),
        (changed("routes", value=None), "routes is null"),
        (changed("secrets", value={}), "secrets"),
        (changed("registry", "entity_map", value={"PERSON": {"categories": []}}), "entity_map.PERSON.kind"),
    ],
)
def test_a_wrong_document_is_refused_and_the_path_named(document, where):
    with pytest.raises(ConfigurationError) as caught:
        documents.check(document)
    assert str(caught.value).startswith(where)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("odd", [math.nan, 1 << 70, "half \ud800 a character"])
def test_what_has_no_json_form_is_refused(odd):
    with pytest.raises(ConfigurationError):
        documents.check(changed("registry", "tenants", "acme", "ext", value={"odd": odd}))


def test_files_are_read_back_to_the_same_revision(tmp_path):
    read = documents.read(shipped("config"))
    documents.write(read.plain, tmp_path / "new")
    again = documents.read(tmp_path / "new")
    assert (again.revision, again.plain) == (read.revision, read.plain)
    assert list(again.plain["registry"]["activities"]) == list(read.plain["registry"]["activities"])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2027-01-01", "2027-01-01"),
        ("{expires: 2027-01-01, status: signed}", {"expires": "2027-01-01", "status": "signed"}),
        ('{"a": [1, true, 1.5]}', {"a": [1, True, 1.5]}),
        ("null", None),
    ],
)
def test_values_are_yaml_in_which_a_date_is_text(text, value):
    assert documents.value(text) == value


@pytest.mark.parametrize("text", ["{a: 1, a: 2}", "[", "!!python/object/apply:os.system [ls]"])
def test_what_is_no_value(text):
    with pytest.raises(ConfigurationError, match="not valid YAML"):
        documents.value(text)


@pytest.mark.parametrize(
    ("endpoint", "place"),
    [
        ({"base_url": "https://sink.test/${PROXY_SECRET_KEY}"}, "base_url"),
        ({"base_url": "https://${DATABASE_URL}/"}, "base_url"),
        ({"base_url": "https://${OPENAI_API_KEY}.sink.test/"}, "base_url"),
        ({"base_url": "https://sink.test/${TARGET_ACME_TOKEN_2}"}, "base_url"),
        ({"base_url": "https://p.test", "credential": "PROXY_SECRET_KEY"}, "credential"),
        ({"base_url": "https://p.test", "credential": "PROXY_LOCAL_MODEL_URL"}, "credential"),
        ({"base_url": "https://p.test", "credential": "AWS_SECRET_ACCESS_KEY"}, "credential"),
    ],
)
def test_only_variables_made_for_targets_can_be_named(endpoint, place):
    with pytest.raises(ConfigurationError, match=rf"endpoints\.p/eu\.{place}: .*TARGET_"):
        documents.check(changed("endpoints", "p/eu", value=endpoint))


RULES = {"night/night.rego": "package org.night\n", "housing.yaml": "rules: []\n"}


def test_rules_are_a_section_written_and_read_as_files(tmp_path):
    read = documents.check({**DOCUMENT, "rules": RULES})
    assert read.rules == RULES == read.plain["rules"]
    documents.write(read.plain, tmp_path)
    again = documents.read(tmp_path)
    assert (again.rules, again.revision) == (RULES, read.revision)


def test_a_registry_without_rules_keeps_its_revision(tmp_path):
    (tmp_path / "rules").mkdir()
    documents.write(documents.check(DOCUMENT).plain, tmp_path)
    assert documents.read(tmp_path).revision == documents.check({**DOCUMENT, "rules": {}}).revision
    assert documents.read(tmp_path).plain == DOCUMENT


@pytest.mark.parametrize("path", ["../x.rego", "/x.rego", ".x.rego", "a/../x.rego", "x.json", "a//x.rego", ""])
def test_rules_outside_their_folder_are_refused(path):
    with pytest.raises(ConfigurationError, match=r"is not the path of a \.rego or \.yaml file"):
        documents.check({**DOCUMENT, "rules": {path: "package org.x\n"}})


@pytest.mark.parametrize("section", [[], "x", {"x.rego": 7}, {"x.rego": {"y": "z"}}, {"x.rego": "x" * (1 << 20 | 1)}])
def test_rules_that_are_no_texts_or_too_many_are_refused(section):
    with pytest.raises(ConfigurationError, match=r"^rules: "):
        documents.check({**DOCUMENT, "rules": section})
