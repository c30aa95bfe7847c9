package compliance.rules.gates.art9_condition

import rego.v1

import data.compliance.lib.basis
import data.compliance.lib.facts

# METADATA
# scope: document
# title: No condition for special categories
# description: |
#   Special categories are processed only under a condition of Art. 9(2), wherever the processing takes place. What could not be
#   read adds nothing to what was established from the rest.
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/art_9/oj
#     description: GDPR Art. 9(2)
# custom:
#   rule_id: gates.art9_condition
#   codes: [NO_ART9_CONDITION]
gate contains {
	"code": "NO_ART9_CONDITION",
	"rule_id": "gates.art9_condition",
	"effect": "deny",
	"target": null,
	"citation": ["GDPR Art. 9(2)"],
	"evidence": [],
} if {
	facts.special_content != set()
	facts.personal_read
	"special_condition" in facts.gates
	not basis.named("art9")
}
