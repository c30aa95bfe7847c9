"""House rules in YAML for tests: one for each condition and effect, and their twins, run over a small library."""

from __future__ import annotations

import json
from pathlib import Path

from proxy.policy.authoring import suite
from proxy.policy.bundles import tree
from proxy.policy.forms.form import Conditions
from proxy.policy.forms.reading import compiled

LIBRARY = Path("policies")
FACTS = "tenant activity personal special health categories regimes origins registered third_parties places".split()
TRUE = {"streamed", "personal", "special", "health", "undeclared_calls", "foreign_addresses", "third_party"}
EFFECTS = {
    "deny": {"waivable": True},
    "pin": {"to": ["local/eu"]},
    "redact": {"entities": ["PERSON"], "method": "remove"},
    "pseudonymize": {"entities": ["PERSON"]},
    "mask": {"entities": ["CREDIT_CARD"]},
    "generalize": {"entities": ["DATE"]},
    "redact_reply": {"entities": ["BANK_ACCOUNT"]},
    "prefer": {"targets": ["local/eu", "far/us"]},
    "retain": {"days": 400},
    "cache": {"seconds": 3600, "special_categories": True},
}


def value(condition):
    return True if condition in TRUE else {"outside": ["EEA"], "models": ["gpt-*"]}.get(condition, ["word", "other"])


def rule(name, effect, **conditions):
    return {
        "id": name,
        "title": "A rule",
        "description": "Why: it is there.",
        "source": {"title": "House policy 1", "url": "https://intranet.example/1"},
        effect: EFFECTS[effect],
        **conditions,
    }


def rego(*rules, name="house"):
    return compiled(name, json.dumps({"title": "Rules", "rules": rules}), f"{name}.yaml")


def results(modules, tests, match="org."):
    """Run twins over what they put in place of the library: they replace every fact that their rules ask for."""
    return suite.run(over_small(modules, tests), {}, match=match, library=False).results


def over_small(modules, tests):
    """Return the tree of modules and their twins over a library that has nothing but the input."""
    facts = "\n".join(f"{fact} := input.{fact}" for fact in FACTS)
    small = {
        "lib/facts.rego": f"package compliance.lib.facts\n\nimport rego.v1\n\n{facts}\n",
        "lib/entities.rego": "package compliance.lib.entities\n\nimport rego.v1\n\nkinds := input.kinds\n",
        "lib/regions.rego": (LIBRARY / "lib" / "regions" / "regions.rego").read_text(),
    }
    return tree.Tree({**small, **modules}, tests)


def single():
    """Yield every condition, in both ways."""
    for condition in Conditions.model_fields:
        for way in ("when", "unless"):
            for effect in ("deny", "prefer") if condition == "without" else ("deny",):
                yield (
                    condition,
                    way,
                    rule(f"{condition}_{way}_{effect}", effect, **{way: {condition: value(condition)}}),
                )
