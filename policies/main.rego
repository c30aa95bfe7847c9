# METADATA
# title: Compliance decision
# description: |
#   One decision per request: a verdict for every candidate target and the one to use. Default deny; deny overrides;
#   the
#   permitted targets are those that no rule of any regime denies; obligations are the union.
package compliance

import rego.v1

import data.compliance.lib.codes
import data.compliance.lib.dates
import data.compliance.lib.denials
import data.compliance.lib.facts
import data.compliance.lib.regimes as lawbook
import data.compliance.lib.response
import data.compliance.lib.verdicts
import data.compliance.lib.waivers

default decision := {
	"schema_version": "1",
	"decision_id": "d-unknown",
	"request_id": "unknown",
	"time": "1970-01-01T00:00:00Z",
	"effect": "deny",
	"action": "block",
	"selected_target": null,
	"targets": [],
	"block_codes": ["POLICY_UNAVAILABLE"],
	"reasons": [{
		"code": "POLICY_UNAVAILABLE",
		"rule_id": "main.undefined",
		"effect": "deny",
		"target": null,
		"citation": [],
		"evidence": [],
	}],
	"policy": {"bundle": "baseline", "revision": "unbundled", "data_revision": "unknown"},
	"http_status": 503,
}

# METADATA
# title: Decision
# description: The decision document (urn:compliance-proxy:decision:1).
# entrypoint: true
decision := refused(unusable) if unusable != set()

else := response.cache_decision(head) if input.phase == "cache_lookup"

else := object.union(refused(gates), grounds) if gates != set()

else := response.response_decision(head) if input.phase == "response"

else := object.union(exchange, advice) if outcome.effect == "deny"

else := exchange

unusable := data.compliance.rules.identity.policy_unavailable.gate

# METADATA
# title: Gates
# description: What refuses the request before any target is looked at. All that apply are reported.
gates := (identity | denials.refusals) | phase_gates

identity contains found if {
	some name
	some found in data.compliance.rules.identity[name].gate
}

phase_gates := response.refusals | {found |
	some name
	some found in data.compliance.rules.response[name].gate
} if {
	input.phase == "response"
}

else := {found | some name; some found in data.compliance.rules.gates[name].gate}

head := {
	"schema_version": "1",
	"decision_id": concat("-", ["d", request_id]),
	"request_id": request_id,
	"time": decision_time,
	"policy": policy,
}

default request_id := "unknown"

request_id := input.request_id if is_string(input.request_id)

default decision_time := "1970-01-01T00:00:00Z"

decision_time := input.time if dates.now_ns

policy := {"bundle": bundle_name, "revision": bundle_revision, "data_revision": data_revision}

default bundle_name := "baseline"

bundle_name := data.bundle.name if is_string(data.bundle.name)

default bundle_revision := "unbundled"

bundle_revision := data.bundle.revision if is_string(data.bundle.revision)

default data_revision := "unknown"

data_revision := data.revision if is_string(data.revision)

refused(found) := object.union(head, {
	"effect": "deny",
	"action": "block",
	"selected_target": null,
	"targets": [],
	"block_codes": sort({gate.code | some gate in found}),
	"reasons": found,
	"http_status": status({gate.code | some gate in found}),
})

status(found) := http if http := [pair[1] | some pair in codes.statuses; pair[0] in found][0]

else := 403

exchange := {
	"schema_version": "1",
	"decision_id": concat("-", ["d", input.request_id]),
	"request_id": input.request_id,
	"time": input.time,
	"effect": outcome.effect,
	"action": outcome.action,
	"selected_target": outcome.target,
	"targets": verdicts.all,
	"block_codes": outcome.codes,
	"reasons": verdicts.reasons,
	"legal": legal,
	"overrides": waivers.overrides,
	"policy": policy,
	"http_status": outcome.status,
}

outcome := {
	"effect": "permit",
	"action": action,
	"target": selected,
	"codes": [],
	"status": 200,
} if {
	selected := verdicts.selected.target
}

else := {
	"effect": "deny",
	"action": "block",
	"target": null,
	"codes": refusal_codes,
	"status": status_without_target,
}

default status_without_target := 403

status_without_target := 503 if {
	verdicts.permitted != set()
}

# A target that is down was not refused: it is the summary alone then.
refusal_codes := [codes.no_target] if verdicts.permitted != set()

else := array.concat([codes.no_target], verdicts.causes)

action := "pin_local" if not verdicts.selected.target in facts.third_parties

else := "redact_and_forward" if {
	some obligation in verdicts.selected.obligations
	obligation.type in {"redact", "deidentify", "pseudonymize", "generalize", "mask"}
}

else := "forward"

# METADATA
# title: Legal context
# description: The regimes that were looked at and what the record of processing says.
legal := object.union(
	{"regimes": regimes, "activity": input.activity.id, "controller": input.tenant.id},
	object.union(recorded, in_shadow),
)

default in_shadow := {}

in_shadow := {"shadow": lawbook.shadow} if lawbook.shadow != set()

# METADATA
# title: Legal context of a refusal
# description: The same, as far as the request names who and what; a refusal is to be answered for as well (GDPR Art. 5(2)).
grounds := {"legal": legal} if {
	is_string(input.activity.id)
	is_string(input.tenant.id)
}

else := {}

regimes := sort(facts.regimes | {"HIPAA" | facts.phi})

recorded := {name: value |
	some field, name in {"legal_basis": "legal_basis", "art9": "art9_condition", "hipaa_basis": "hipaa_basis"}
	value := facts.activity[field]
	is_string(value)
}

advice := {"retry_advice": "every permitted target is down: retry later"} if outcome.status == 503

else := {"retry_advice": "split the batch by the region of its data subjects"} if {
	count({region.code | some region in input.data_subjects.regions}) > 1
}

else := {}
