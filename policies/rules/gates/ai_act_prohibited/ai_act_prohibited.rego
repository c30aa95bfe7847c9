package compliance.rules.gates.ai_act_prohibited

import rego.v1

import data.compliance.lib.facts

# METADATA
# scope: document
# title: Prohibited AI practice
# description: |
#   A practice of Art. 5 AI Act is refused whatever the content.
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2024/1689/art_5/oj
#     description: AI Act Art. 5
# custom:
#   rule_id: gates.ai_act_prohibited
#   codes: [AI_ACT_PROHIBITED]
gate contains {
	"code": "AI_ACT_PROHIBITED",
	"rule_id": "gates.ai_act_prohibited",
	"effect": "deny",
	"target": null,
	"citation": ["AI Act Art. 5"],
	"evidence": [],
} if {
	prohibited
}

prohibited if facts.activity.ai_act == "prohibited"

prohibited if {
	facts.activity
	input.activity.ai_act == "prohibited"
}
