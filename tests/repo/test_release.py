"""A release has one version everywhere, and a section of the changelog that says what an operator does."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml

from proxy import __version__

ROOT = Path(__file__).parents[2]
CHANGES = (ROOT / "CHANGELOG.md").read_text()


def test_one_version_everywhere():
    chart = yaml.safe_load((ROOT / "deploy/helm/compliance-proxy/Chart.yaml").read_text())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert {chart["version"], chart["appVersion"], project["version"]} == {__version__}


@pytest.mark.parametrize(
    "page", ["README.md", "docs/how-to/protect-a-coding-agent.md", "docs/how-to/prove-one-exchange.md"]
)
def test_pages_install_this_release(page):
    assert set(re.findall(r"compliance_proxy\w*-([\d.]+)-py3", (ROOT / page).read_text())) == {__version__}


def test_the_changelog_begins_with_what_is_unreleased_and_then_this_release():
    sections = re.findall(r"^## (.*)$", CHANGES, re.MULTILINE)
    assert sections[0] == "[Unreleased]"
    assert re.fullmatch(rf"\[{re.escape(__version__)}\] - \d{{4}}-\d\d-\d\d", sections[1])
    release = CHANGES.split(f"## {sections[1]}\n")[1].split("\n## ")[0]
    assert next(line for line in release.splitlines() if line.startswith("### ")) == "### What an operator does"
    assert len(release.splitlines()) < 80
