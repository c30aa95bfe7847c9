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


def write(overlay_dir: Path, name: str) -> tuple[Path, Path]:
    """Create ``<overlay>/<name>/<name>.rego`` and its twin test; return both paths.

    Raises:
        ScaffoldError: the name is not snake case, or the rule exists already.

    """
    if not _NAME.fullmatch(name):
        raise ScaffoldError(f"'{name}' is not a rule name: use lower case, digits and underscores")
    folder = overlay_dir / name
    rule, test = folder / f"{name}.rego", folder / f"{name}_test.rego"
    if rule.exists() or test.exists():
        raise ScaffoldError(f"{rule} exists already")
    folder.mkdir(parents=True, exist_ok=True)
    facts = {"name": name, "title": name.replace("_", " ").capitalize(), "code": name.upper()}
    rule.write_text(_ORG_RULE.format(**facts), encoding="utf-8")
    test.write_text(_ORG_TEST.format(**facts), encoding="utf-8")
    return rule, test
