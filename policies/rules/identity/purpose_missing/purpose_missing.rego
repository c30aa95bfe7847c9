package compliance.rules.identity.purpose_missing

import rego.v1

import data.compliance.lib.facts

# METADATA
# scope: document
# title: Undeclared purpose
# description: |
#   Every exchange belongs to an activity of the record of processing, and the activity names its purpose.
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/art_5/oj
#     description: GDPR Art. 5(1)(b)
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/art_30/oj
#     description: GDPR Art. 30
# custom:
#   rule_id: identity.purpose_missing
#   codes: [PURPOSE_MISSING]
gate contains {
	"code": "PURPOSE_MISSING",
	"rule_id": "identity.purpose_missing",
	"effect": "deny",
	"target": null,
	"citation": ["GDPR Art. 5(1)(b)", "GDPR Art. 30"],
	"evidence": [],
} if {
	not purpose_named
}

purpose_named if {
	is_string(facts.activity.purpose)
	facts.activity.purpose != ""
}
