package compliance.rules.gates.ai_act_prohibited

import rego.v1

import data.compliance.lib.dates
import data.compliance.lib.facts

# METADATA
# scope: document
# title: Prohibited AI practice
# description: |
#   A practice of Art. 5 AI Act is refused whatever the content, from the day on which it is prohibited
#   (data.ai_practices); an activity of the class prohibited always.
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
	some practice in facts.activity.ai_practices
	not coming(practice)
}

# A practice without a day counts as prohibited.
coming(practice) if dates.calendar_day(data.ai_practices[practice].from) > dates.today

prohibited if {
	facts.activity
	input.activity.ai_act == "prohibited"
}
