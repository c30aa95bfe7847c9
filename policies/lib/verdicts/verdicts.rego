# METADATA
# title: Verdicts
# description: One verdict per candidate target - denials that no waiver lifted, else obligations and transfers.
package compliance.lib.verdicts

import rego.v1

import data.compliance.lib.denials
import data.compliance.lib.facts
import data.compliance.lib.obligations
import data.compliance.lib.overlay
import data.compliance.lib.transfers
import data.compliance.lib.waivers

# METADATA
# title: Standing denials
# description: Target to the codes of its denials that no waiver lifted.
standing[denial.target] contains denial.code if {
	some denial in denials.found
	not waivers.waived[denial.target][denial.code]
}

# METADATA
# title: Candidates in order
# description: |
#   [rank, position, target, available], sorted. The overlay's preference replaces the rank; position breaks ties.
ordered := sort([[rank, position, candidate.target, candidate.available] |
	some position, candidate in input.candidates
	rank := object.get(overlay.preferences, candidate.target, object.get(candidate, "rank", position))
])

# METADATA
# title: Obligations that cannot be carried out
# description: Types asked of a target that the enforcement point does not support.
unsupported := {} if obligations.lacking == set()

else := {id: types |
	some id in facts.known - object.keys(standing)
	types := {obligation.type | some obligation in obligations.of_target(id)} & obligations.lacking
	types != set()
}

# METADATA
# title: Denied candidates
# description: Target to the codes that deny it.
denied := standing if unsupported == {}

else := object.union(standing, {id: {"OBLIGATION_UNSUPPORTED"} | some id, _ in unsupported})

asked := {id: obligations.of_target(id) | some id in facts.known - object.keys(denied)}

permitted := object.keys(asked)

# METADATA
# title: All verdicts
# description: |
#   In order of preference, as in the decision document. A target without obligations that were worked out is not
#   permitted.
all := [object.union({"target": id, "rank": rank, "region": region(id)}, verdict(id)) |
	some [rank, _, id, _] in ordered
]

verdict(id) := {"permit": true, "denials": [], "obligations": duties, "transfers": object.get(transfers.by_target, id, [])} if {
	duties := asked[id]
}

else := {"permit": false, "denials": object.get(denied, id, []), "obligations": obligations.on_refusal(id), "transfers": []}

region(id) := concat(",", data.targets[id].processing_regions) if facts.places[id]

else := "unknown"

# METADATA
# title: Selected target
# description: The verdict of the first permitted target that is available; undefined when there is none.
selected := [found |
	some position, found in all
	found.permit
	ordered[position][3] == true
][0]

# METADATA
# title: Causes
# description: The distinct denials of the candidates, in the order in which the request names the candidates.
causes := [code |
	some position, code in all_causes
	not code in array.slice(all_causes, 0, position)
]

all_causes := [code |
	some candidate in input.candidates
	some code in sort(object.get(denied, candidate.target, set()))
]

# METADATA
# title: Reasons
# description: |
#   One per denial, waived ones named with what lifts them, and one per obligation that cannot be carried out.
reasons := denials.found | unsupported_reasons if waivers.waived == {}

else := {reason(denial) | some denial in denials.found} | unsupported_reasons

unsupported_reasons := {unsupported_reason(id, types) | some id, types in unsupported}

unsupported_reason(id, types) := {
	"code": "OBLIGATION_UNSUPPORTED",
	"rule_id": "verdicts.obligation_unsupported",
	"effect": "deny",
	"target": id,
	"citation": ["XACML 3.0 s. 7.18"],
	"evidence": {concat(":", ["obligation", type]) | some type in types},
}

reason(denial) := object.union(denial, {"effect": "permit", "waived_by": by}) if {
	by := waivers.waived[denial.target][denial.code]
}

else := denial
