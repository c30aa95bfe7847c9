# METADATA
# title: Regimes as data
# description: |
#   Data protection laws with a transfer test that are data alone (data.regimes): whom they reach, from which day, and the
#   ladder of mechanisms on which content may leave. A law that is shadow, not begun or over does not apply.
package compliance.lib.regimes

import rego.v1

import data.compliance.lib.dates
import data.compliance.lib.evidence
import data.compliance.lib.facts
import data.compliance.lib.regions

# METADATA
# title: Regimes of places
# description: Those in force on the day of the request whose scope names one of the places or its country.
of_places(places) := {id |
	some code in places
	some id in scoped(code)
	in_force(data.regimes[id])
	not code in object.get(data.regimes[id], "except", [])
}

scoped(code) := ids if ids := data.scopes[code]

else := data.scopes[regions.country(code)]

in_force(regime) if {
	regime.mode == "enforce"
	dates.begun(regime.from)
	not over(regime)
}

over(regime) if {
	day := regime.until
	not dates.not_over(day)
}

# METADATA
# title: Unknown origins
# description: Origins that no law of the data reaches and that are not known to have none (data.config.no_transfer_law).
unknown_origins contains code if {
	free := data.config.no_transfer_law
	some code in facts.origins
	not regions.eea(code)
	country := regions.country(code)
	not facts.national[country]
	not country in free
	facts.regimes_of({code}) == set()
}

# METADATA
# title: At home
# description: A place where content of the regime may be without a mechanism.
at_home(id, place) if place in data.regimes[id].home

at_home(id, place) if regions.country(place) in data.regimes[id].home

# METADATA
# title: Mechanism
# description: The first step of a regime's ladder that carries content to a target in a place. A restricted place has none.
mechanism(id, target, place) := [step |
	not restricted(id, place)
	some step in data.regimes[id].ladder
	carries(step, target, place)
][0]

restricted(id, place) if regions.country(place) in data.regimes[id].restricted

carries(step, _, place) if {
	some entry in step.places
	covers(entry.code, place)
	dates.begun(entry.from)
	not over(entry)
	not barred(step)
}

carries(step, target, place) if {
	every kind in step.needs { stands(kind, step, target, place) }
	every kind in specially(step) { stands(kind, step, target, place) }
}

carries(step, _, _) if step.free == true

covers("EEA", place) if regions.eea(place)

covers(code, place) if code == regions.country(place)

barred(step) if {
	step.without
	facts.unreadable
}

barred(step) if {
	some category in step.without
	category in facts.categories
}

specially(step) := step.special if sensitive

else := []

sensitive if facts.special

sensitive if facts.unreadable

# METADATA
# title: Standing instrument
# description: |
#   The tenant's instrument of a kind for the target is signed, in force (a check that is due ends it), covers
#   the place where it names places, and was filed where the step says so. "dpa" is the target's own contract.
stands("dpa", _, target, _) if evidence.signed(target, "dpa")

stands(kind, step, target, place) if {
	some instrument in facts.tenant.instruments
	instrument.kind == kind
	target in instrument.targets
	evidence.holds(instrument)
	names(instrument, place)
	filed(instrument, step)
}

names(instrument, _) if object.get(instrument, "places", "any") == "any"

names(instrument, place) if regions.country(place) in instrument.places

filed(_, step) if not step.filing

filed(instrument, step) if {
	step.filing == "before"
	dates.begun(instrument.effective_on)
}

filed(instrument, step) if {
	step.filing == "after"
	dates.not_over(instrument.due_on)
}

filed(instrument, step) if {
	step.filing == "after"
	dates.begun(instrument.filed_on)
}
