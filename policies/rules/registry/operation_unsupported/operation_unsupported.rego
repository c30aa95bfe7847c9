package compliance.rules.registry.operation_unsupported

import rego.v1

import data.compliance.lib.facts

# METADATA
# scope: document
# title: Operation not offered
# description: |
#   The registered deployment does not offer the operation, is not declared to take what the request holds or asks for (a
#   kind of content, a feature, a host to fetch from), or does not speak the dialect of the request.
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/art_28/oj
#     description: GDPR Art. 28(3)(a)
# custom:
#   rule_id: registry.operation_unsupported
#   codes: [OPERATION_UNSUPPORTED]
deny contains {
	"code": "OPERATION_UNSUPPORTED",
	"rule_id": "registry.operation_unsupported",
	"effect": "deny",
	"target": id,
	"citation": ["GDPR Art. 28(3)(a)"],
	"evidence": [],
} if {
	some id in ((facts.known - offering) | lacking) | silent
}

offering := union({ids | some first, ids in facts.alike; input.operation.name in data.targets[first].operations})

# Anything but an empty list counts, so that an odd value denies.
lacking := {candidate.target |
	some candidate in input.candidates
	lacks := candidate.lacks
	lacks != []
}

# Any other word than those by which a target is spoken to counts, so that an odd value denies.
silent := {candidate.target |
	some candidate in input.candidates
	speaks := candidate.speaks
	not speaks in {"native", "translated"}
}
