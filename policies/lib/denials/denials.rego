# METADATA
# title: Denials
# description: |
#   Every denial of every rule of the library and of the overlay. A rule joins by contributing to deny; none can be
#   taken away.
package compliance.lib.denials

import rego.v1

import data.compliance.lib.facts
import data.compliance.lib.overlay
import data.compliance.lib.regimes

# METADATA
# title: Denials of targets
# description: |
#   The union over all rules; order of files or rules has no meaning. A family that says nothing of a request without
#   personal content, health information or a declared bulk is not asked then; nor is a law that does not apply.
found contains denial if {
	some family in ["classifier", "registry", "residency", "special"]
	some denial in data.compliance.rules[family][_].deny
}

found contains denial if {
	facts.personal
	some denial in data.compliance.rules.processor[_].deny
}

found contains denial if {
	facts.phi
	some denial in data.compliance.rules.hipaa[_].deny
}

found contains denial if {
	input.data_subjects.us_bulk
	some denial in data.compliance.rules.us[_].deny
}

found contains denial if {
	crossing
	some denial in data.compliance.rules.transfer[_].deny
}

crossing if facts.transferring != set()

crossing if regimes.unknown_origins != set()

found contains denial if {
	some denial in overlay.denials
	denial.target
}

# METADATA
# title: Refusals of the request by the overlay
# description: Denials without a target, and packages that answered something odd.
refusals contains denial if {
	some untargeted in overlay.denials
	not untargeted.target
	denial := object.union(untargeted, {"target": null})
}

refusals contains {
	"code": "POLICY_UNAVAILABLE",
	"rule_id": concat(".", ["org", name]),
	"effect": "deny",
	"target": null,
	"citation": [],
	"evidence": [concat(":", ["answer", verb]) | some verb in verbs],
} if {
	some name, verbs in overlay.odd
}
