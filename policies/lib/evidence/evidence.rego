# METADATA
# title: Evidence
# description: |
#   Effective-dated contracts and attestations of a target, and instruments of a tenant: {ref, status, signed_on, expires, ...}.
#   Evidence never passes by what it lacks: a null, a foreign type or an unknown status is missing evidence.
package compliance.lib.evidence

import rego.v1

import data.compliance.lib.dates
import data.compliance.lib.facts
import data.compliance.lib.regions

# METADATA
# title: Signed and in force
# description: |
#   The target's contract of a kind has status signed, was signed by today where a date is given, has not expired, and the
#   tenant of the request is party to it.
# custom:
#   args: ["", contract]
signed(id, kind) if {
	holds(data.targets[id][kind])
	party(id, kind)
}

# METADATA
# title: Party
# description: |
#   A contract or assessment is between a tenant and a provider. It counts for the tenants it names (tenants: [...]). One that
#   names nobody counts for the only tenant of a registry; with more tenants it counts only where the kind need not name its
#   parties (data.config.named_contracts lists the kinds that must).
party(id, kind) if input.tenant.id in data.targets[id][kind].tenants

party(id, kind) if {
	record := data.targets[id][kind]
	is_object(record)
	object.get(record, "tenants", "unnamed") == "unnamed"
	not to_be_named(kind)
}

to_be_named(kind) if {
	kind in data.config.named_contracts
	count(data.tenants) != 1
}

# METADATA
# title: A record that holds
# description: The same of the record itself.
holds(record) if {
	record.status == "signed"
	current(record)
}

# METADATA
# title: Current
# description: No signing date is recorded or it is not in the future, and no last day or it has not passed.
current(record) if {
	is_object(record)
	not late(record)
	not dates.past(record, "expires")
}

late(record) if {
	day := record.signed_on
	not dates.begun(day)
}

# METADATA
# title: Instruments for a target
# description: The tenant's instruments of a kind for the target or its provider.
instruments_for(kind, target) := {instrument |
	some instrument in of_kind[kind]
	facts.concerns(instrument, target)
}

of_kind[instrument.kind] contains instrument if some instrument in facts.instruments

# METADATA
# title: Standing record
# description: |
#   The target's contract of a kind where the tenant is party to it, or an instrument of the tenant for the target, is signed, in
#   force (a check that is due ends it), of a form that counts, covers the place, and was filed as the step says (before, after,
#   none).
stands(kind, _, target, place) if {
	party(target, kind)
	counts(kind, data.targets[target][kind], target, place)
}

stands(kind, filing, target, place) if {
	some instrument in of_kind[kind]
	facts.concerns(instrument, target)
	counts(kind, instrument, target, place)
	filed(instrument, filing)
}

counts(kind, record, target, place) if {
	valid(kind, record, target)
	reaches(record, target, place)
}

# A transfer impact assessment has passed, with or without measures, and has not run out (CJEU C-311/18).
valid("tia", record, _) if {
	passed(record)
	lasting(record)
}

valid("scc", record, target) if {
	holds(record)
	fitting(record, target)
}

valid(kind, record, _) if {
	not kind in {"tia", "scc"}
	holds(record)
}

passed(tia) if tia.result in {"pass", "pass_with_measures"}

lasting(tia) if {
	object.get(tia, "status", "signed") in {"signed", "active"}
	current(tia)
	not aged(tia)
}

default tia_max_age_days := 730

tia_max_age_days := data.config.tia_max_age_days if is_number(data.config.tia_max_age_days)

# An assessment without a last day counts for two years from its date.
aged(tia) if {
	not tia.expires
	not recent(tia)
}

recent(tia) if dates.calendar_day(tia.signed_on) >= dates.days_ago(tia_max_age_days)

# Clauses of Decision (EU) 2021/914, in a module between these parties: 2 and 3 are with a processor, 1 and 4 are not.
fitting(scc, target) if {
	contains(object.get(scc, "decision", "2021/914"), "2021/914")
	suits(object.get(scc, "module", "2"), target)
}

suits(module, _) if module in {"2", "3"}

suits(module, target) if {
	module in {"1", "4"}
	data.providers[data.targets[target].provider].role in {"controller", "joint"}
}

# METADATA
# title: Covers the place
# description: A record covers the countries that it names; one that names none, the countries where the target processes.
reaches(record, _, place) if regions.country(place) in record.places

reaches(record, target, place) if {
	not record.places
	some region in data.targets[target].processing_regions
	regions.country(region) == regions.country(place)
}

filed(_, "none")

filed(record, "before") if dates.begun(record.effective_on)

filed(record, "after") if dates.not_over(record.due_on)

filed(record, "after") if dates.begun(record.filed_on)

# METADATA
# title: Why an assessment does not carry
# description: Of a step whose other instruments stand.
assessment_gaps(needs, target, place) := set() if {
	some kind in needs
	kind != "tia"
	not stands(kind, "none", target, place)
}

else := set() if stands("tia", "none", target, place)

else := {"TIA_EXPIRED"} if {
	party(target, "tia")
	ended(data.targets[target].tia)
}

else := {"TIA_EXPIRED"} if {
	some instrument in instruments_for("tia", target)
	ended(instrument)
}

else := {"TIA_MISSING"}

ended(assessment) if {
	passed(assessment)
	not lasting(assessment)
}

# METADATA
# title: Reference of a record
# description: The reference recorded for a target's record of a kind, or a derived one that names both.
ref(id, kind) := data.targets[id][kind].ref if is_string(data.targets[id][kind].ref)

else := concat(":", ["ev", id, kind])

# METADATA
# title: Reference of what stands
# description: That of the tenant's instrument of a kind, else of the target's record.
reference(kind, target) := min({instrument.ref | some instrument in instruments_for(kind, target)}) if of_kind[kind]

else := ref(target, kind)

# METADATA
# title: Title of what stands
# description: The decision that a record of a kind names, else the kind.
title(kind, target) := min({instrument.decision | some instrument in instruments_for(kind, target)}) if of_kind[kind]

else := data.targets[target][kind].decision if party(target, kind)

else := kind
