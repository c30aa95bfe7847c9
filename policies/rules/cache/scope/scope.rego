package compliance.rules.cache.scope

import rego.v1

# METADATA
# scope: document
# title: Cached answer out of scope
# description: |
#   A cached answer is used only for the tenant and ingress region it was made for, and only if it holds nothing
#   personal.
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/art_28/oj
#     description: GDPR Art. 28
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/art_5/oj
#     description: GDPR Art. 5(1)(f)
# custom:
#   rule_id: cache.scope
#   codes: [CACHE_SCOPE]
gate contains {
	"code": "CACHE_SCOPE",
	"rule_id": "cache.scope",
	"effect": "deny",
	"target": null,
	"citation": ["GDPR Art. 28", "GDPR Art. 5(1)(f)"],
	"evidence": [],
} if {
	not within_scope
}

within_scope if {
	input.cache_entry.tenant == input.tenant.id
	input.cache_entry.region == input.ingress.region
	input.cache_entry.personal == false
}
