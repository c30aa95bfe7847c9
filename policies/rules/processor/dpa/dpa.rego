package compliance.rules.processor.dpa

import rego.v1

import data.compliance.lib.evidence
import data.compliance.lib.facts

# METADATA
# scope: document
# title: No processing contract
# description: |
#   A processor works only under a signed, unexpired contract.
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/art_28/oj
#     description: GDPR Art. 28(3)
# custom:
#   rule_id: processor.dpa
#   codes: [NO_DPA]
deny contains {
	"code": "NO_DPA",
	"rule_id": "processor.dpa",
	"effect": "deny",
	"target": id,
	"citation": ["GDPR Art. 28(3)"],
	"evidence": [evidence.ref(id, "dpa")],
} if {
	facts.personal
	some id in facts.third_parties - sound
}

sound := union({ids | some first, ids in facts.alike; evidence.signed(first, "dpa")})
