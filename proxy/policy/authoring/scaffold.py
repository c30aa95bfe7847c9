"""Creates a new rule of the organisation (package ``org.<name>``) with its twin test."""

from __future__ import annotations

import re
from pathlib import Path

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_ORG_RULE = """\
package org.{name}

import rego.v1

import data.compliance.lib.facts

# METADATA
# scope: document
# title: {title}
# description: |
#   Says in one or two sentences what is refused and why.
# related_resources:
#   - ref: https://intranet.example/policies/{name}
#     description: The organisation's own policy
# custom:
#   rule_id: org.{name}
#   codes: [{code}]
deny contains {{
	"code": "{code}",
	"rule_id": "org.{name}",
	"target": id,
	"citation": ["Our policy"],
	"evidence": [],
}} if {{
	facts.personal
	some id, _ in facts.third_party
	input.operation.stream
}}
"""
_ORG_TEST = """\
package org.{name}_test

import rego.v1

import data.org.{name}

test_deny_streamed_personal_data if {{
	found := {name}.deny with data.compliance.lib.facts.personal as true
		with data.compliance.lib.facts.third_party as {{"far/us": {{}}}}
		with input as {{"operation": {{"stream": true}}}}
	{{denial.target | some denial in found}} == {{"far/us"}}
}}

test_permit_whole_answers if {{
	{name}.deny == set() with data.compliance.lib.facts.personal as true
		with data.compliance.lib.facts.third_party as {{"far/us": {{}}}}
		with input as {{"operation": {{"stream": false}}}}
}}

test_permit_without_personal_data if {{
	{name}.deny == set() with data.compliance.lib.facts.personal as false
		with data.compliance.lib.facts.third_party as {{"far/us": {{}}}}
		with input as {{"operation": {{"stream": true}}}}
}}
"""


class ScaffoldError(ValueError):
    """The rule cannot be created: its name is invalid, or it exists."""


def texts(name: str) -> tuple[str, str]:
    """Return a new rule and its twin test.

    Raises:
        ScaffoldError: the name is not snake case.

    """
    if not _NAME.fullmatch(name):
        raise ScaffoldError(f"'{name}' is not a rule name: use lower case, digits and underscores")
    facts = {"name": name, "title": name.replace("_", " ").capitalize(), "code": name.upper()}
    return _ORG_RULE.format(**facts), _ORG_TEST.format(**facts)


def write(overlay_dir: Path, name: str) -> tuple[Path, Path]:
    """Create ``<overlay>/<name>/<name>.rego`` and its twin test; return both paths.

    Raises:
        ScaffoldError: the name is not snake case, or the rule exists already.

    """
    written = texts(name)
    folder = overlay_dir / name
    rule, test = folder / f"{name}.rego", folder / f"{name}_test.rego"
    if rule.exists() or test.exists():
        raise ScaffoldError(f"{rule} exists already")
    folder.mkdir(parents=True, exist_ok=True)
    for path, text in zip((rule, test), written, strict=True):
        path.write_text(text, encoding="utf-8")
    return rule, test
