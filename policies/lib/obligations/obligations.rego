# METADATA
# title: Obligations
# description: |
#   The union of what the rules of the library and of the overlay ask for, per target. Where both transform the same
#   entity,
#   the strictest transform stands: block > redact > deidentify > pseudonymize > generalize > mask.
package compliance.lib.obligations

import rego.v1

import data.compliance.lib.duties
import data.compliance.lib.entities
import data.compliance.lib.operators
import data.compliance.lib.overlay

strength := {"block_content": 6, "redact": 5, "deidentify": 4, "pseudonymize": 3, "generalize": 2, "mask": 1}

# METADATA
# title: Obligations of the library
# description: What the rules ask for, and of which targets.
library := [found | some found in data.compliance.rules.obligations[_].obligation]

# METADATA
# title: Types that cannot be carried out
# description: |
#   Asked for by any rule and not supported by the enforcement point. One that supports nothing lacks everything.
lacking := set() if object.subset(supported, types)

else := types - {type | some type in supported}

types := asked_types if overlay.obligations == set()

# An overlay's transform implies scans that only the merge knows of.
else := (asked_types | {asked.type | some asked in overlay.obligations}) | {"residual_scan", "reidentify_response"}

asked_types := {asked.do.type | some asked in library}

default supported := []

supported := input.pep.obligations_supported if is_array(input.pep.obligations_supported)

# METADATA
# title: Obligations of a target
# description: The library's, merged with the overlay's where the overlay asks for anything.
of_target(id) := base(id) if overlay.obligations == set()

else := merged(array.concat(base(id), added(id)), added(id))

base(id) := listed({targets | some targets in asked_sets; targets[id]})

asked_sets := {asked.targets | some asked in library}

# Targets that are in the same sets share one list.
listed(sets) := [asked.do | some asked in library; sets[asked.targets]] if not entities.public_figures

else := [reaching(asked.do) | some asked in library; sets[asked.targets]]

# METADATA
# title: Reach of a transform
# description: Transforms spare public figures, unless tenant or activity treats them as everybody else.
reaching(obligation) := obligation if not entities.public_figures

else := obligation if not strength[obligation.type]

else := object.union(obligation, {"params": {"public_figures": "included"}})

added(id) := [reaching(with_hl7(object.union(strict(shaped(found)), entities_of(found)))) |
	some found in overlay.obligations
	object.get(found, "target", id) == id
	relevant(found)
]

shaped(found) := object.union({"id": found.rule_id, "on": "permit"}, object.remove(found, ["target", "rule_id"]))

# METADATA
# title: Strictness of surrogates
# description: What asks for stand-ins that look like values, gets tokens where activity or caller insist on these.
strict(obligation) := object.union(obligation, {"method": "surrogate_keyed"}) if {
	obligation.type == "pseudonymize"
	obligation.method in {"date_shift", "surrogate_realistic"}
	operators.tokens
}

else := obligation

relevant(found) if not found.entities

relevant(found) if overlay.found_entities(found) != []

entities_of(found) := {"entities": overlay.found_entities(found)} if found.entities

else := {}

with_hl7(obligation) := object.union(obligation, {"hl7": label}) if label := duties.hl7[obligation.type]

else := obligation

# METADATA
# title: Obligations on a refusal
# description: Its record is kept as long as that of a permit; it is evidence as well (GDPR Art. 5(2)).
on_refusal(id) := retained(of_target(id))

retained(all) := [duty | some duty in all; duty.type == "retain"]

# METADATA
# title: Obligations on a reply
# description: |
#   Those of the library, merged with what the overlay asks of the reply. Obligations for before_egress are not about it, and
#   one that is the request's by its nature is not where the overlay asks the same of a request: it was carried out there.
on_reply(id, all) := all if overlay.obligations == set()

else := array.concat(array.concat(transforms(both), others(both)), retention(both)) if {
	both := array.concat(all, of_reply(id))
}

of_reply(id) := [with_hl7(object.union(shaped(found), entities_in_reply(found))) |
	some found in overlay.obligations
	object.get(found, "target", id) == id
	not before_egress(found)
	not of_request(found)
	held(found)
]

before_egress(found) if found.when == "before_egress"

of_request(found) if {
	found.type in duties.of_requests
	not found.when
	found in asked_of_request
}

asked_of_request := asked if asked := overlay.obligations with input.phase as "request"

held(found) if not found.entities

held(found) if in_reply(found) != []

entities_in_reply(found) := {"entities": in_reply(found)} if found.entities

else := {}

# A stream is judged before it is read, so everything named may come.
in_reply(found) := overlay.found_entities(found) if input.classification.status == "complete"

else := found.entities

# METADATA
# title: Merge
# description: |
#   Strictest transform per entity, one retention with the largest minimum, and the scans that transforms imply.
merged(all, extra) := array.concat(
	array.concat(transforms(all), others(all)),
	array.concat(retention(all), implied(all, extra)),
)

transforms(all) := [object.union(obligation, {"entities": kept}) |
	some obligation in all
	kept := [type | some type in obligation.entities; strongest(all, type) == strength[obligation.type]]
	stands(obligation, kept)
]

stands(_, kept) if kept != []

stands(obligation, _) if count(obligation.entities) == 0

strongest(all, type) := max([strength[obligation.type] | some obligation in all; type in obligation.entities])

others(all) := [obligation |
	some obligation in all
	not strength[obligation.type]
	obligation.type != "retain"
]

retention(all) := [object.union(longest, {"params": {"min_days": days}}) |
	longest := [obligation | some obligation in all; obligation.type == "retain"][0]
	days := max([obligation.params.min_days | some obligation in all; obligation.type == "retain"])
]

implied(all, extra) := [{"id": concat(".", ["overlay", type]), "type": type, "on": "permit", "when": when} |
	some type, when in {"residual_scan": "before_egress", "reidentify_response": "after_response"}
	needed(type, extra)
	not type in {obligation.type | some obligation in all}
]

needed("residual_scan", extra) if {
	some obligation in extra
	strength[obligation.type]
}

needed("reidentify_response", extra) if {
	some obligation in extra
	obligation.type == "pseudonymize"
}
