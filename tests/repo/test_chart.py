"""What the chart names exists: values, named templates, settings. Rendering it is helm's (deploy/README.md)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from proxy.settings import Settings

CHART = Path(__file__).parents[2] / "deploy" / "helm" / "compliance-proxy"
TEMPLATES = sorted((CHART / "templates").iterdir())
VALUES = yaml.safe_load((CHART / "values.yaml").read_text())


def known(path: str) -> bool:
    """Whether values.yaml has a place; below an empty mapping is whatever an installation puts there."""
    found = VALUES
    for part in path.split("."):
        if found == {}:
            return True
        if not isinstance(found, dict) or part not in found:
            return False
        found = found[part]
    return True


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_every_value_that_a_template_reads_has_a_default(template):
    read = set(re.findall(r"\.Values\.([\w.]+)", template.read_text()))
    assert [path for path in read if not known(path)] == []


def test_every_named_template_that_is_used_is_defined():
    text = "\n".join(template.read_text() for template in TEMPLATES)
    assert set(re.findall(r'include "([^"]+)"', text)) <= set(re.findall(r'define "([^"]+)"', text))


def test_every_variable_that_the_chart_sets_is_a_setting():
    text = "\n".join(template.read_text() for template in TEMPLATES)
    named = set(re.findall(r"name: ((?:PROXY|OPA)_\w+)", text))
    assert named
    assert named <= set(Settings.variables())


@pytest.mark.parametrize("template", [one for one in TEMPLATES if one.suffix == ".yaml"], ids=lambda path: path.name)
def test_blocks_are_closed(template):
    opened = re.findall(r"{{-? *(if|range|with|define|end)\b", template.read_text())
    assert opened.count("end") == len(opened) - opened.count("end")
