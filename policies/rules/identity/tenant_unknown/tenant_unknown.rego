package compliance.rules.identity.tenant_unknown

import rego.v1

import data.compliance.lib.facts

# METADATA
# scope: document
# title: Unknown tenant
# description: |
#   Without a registered controller nothing is processed.
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/art_4/oj
#     description: GDPR Art. 4(7)
# custom:
#   rule_id: identity.tenant_unknown
#   codes: [TENANT_UNKNOWN]
gate contains {
	"code": "TENANT_UNKNOWN",
	"rule_id": "identity.tenant_unknown",
	"effect": "deny",
	"target": null,
	"citation": ["GDPR Art. 4(7)"],
	"evidence": [],
} if {
	not facts.tenant
}
