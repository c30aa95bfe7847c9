package compliance.rules.obligations.account_disclosure

import rego.v1

import data.compliance.lib.facts
import data.compliance.lib.hipaa
import data.compliance.lib.operators

# METADATA
# scope: document
# title: Disclosures are accounted for
# description: |
#   Health information that goes to a third party enters the patient's account of disclosures, unless the activity's
#   permission is one that the accounting leaves out: treatment, payment and operations, the individual, an
#   authorization, a limited data set and so on. An activity that declares no permission has none of these. What was
#   de-identified under Safe Harbor is no health information any more.
# related_resources:
#   - ref: https://www.ecfr.gov/current/title-45/section-164.528
#     description: 45 CFR 164.528(a)(1)
# custom:
#   rule_id: obligations.account_disclosure
#   obligations: [account_disclosure]
obligation contains {
	"targets": targets,
	"do": {
		"id": "obligations.account_disclosure",
		"type": "account_disclosure",
		"on": "permit",
		"when": "always",
		"hl7": "AOD",
	},
} if {
	hipaa.accounted
	targets := facts.third_parties - object.get(operators.deidentified, "hipaa_safe_harbor", set())
}
