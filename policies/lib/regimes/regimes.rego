# METADATA
# title: Regimes
# description: |
#   Data protection laws as data (data.regimes): whom they reach, from which day, their gates, and the ladder of mechanisms on
#   which content may leave. A law that is shadow, not begun or over does not apply.
# related_resources:
#   - ref: docs/reference/regimes.md
#     description: the sources of each regime
package compliance.lib.regimes

import rego.v1

import data.compliance.lib.adequacy
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
	in_force(id)
	not excluded(id, code)
}

excluded(id, code) if code in data.regimes[id].except

scoped(code) := ids if ids := data.scopes[code]

else := data.scopes[regions.country(code)]

in_force(id) if {
	data.regimes[id].mode == "enforce"
	dates.begun(data.regimes[id].from)
	not over(id)
}

over(id) if {
	day := data.regimes[id].until
	not dates.not_over(day)
}

# METADATA
# title: In shadow
# description: What laws that do not decide yet would deny, by law and target. One is not begun, or its mode is shadow.
shadow := {{"regime": id, "target": target, "codes": codes(id, target, place)} |
	some id in coming
	some target, places in facts.places
	some place in places
	not at_home(id, place)
	not basis(id, target, place)
}

coming := {id |
	facts.personal
	some code in facts.origins
	some id in scoped(code)
	data.regimes[id].ladder
	not in_force(id)
	not over(id)
}

# METADATA
# title: Unknown origins
# description: Origins that no law of the data names and that are not known to have none (data.config.no_transfer_law).
unknown_origins contains code if {
	facts.personal
	some code in facts.origins
	not lawless(code)
	not named(code)
}

# METADATA
# title: Waiting origins
# description: Origins whose law is in the data and does not decide yet.
waiting_origins contains code if {
	some code in facts.origins
	not lawless(code)
	named(code)
	of_places({code}) == set()
}

lawless(code) if regions.country(code) in data.config.no_transfer_law

named(code) if {
	some id in scoped(code)
	not over(id)
	not excluded(id, code)
}

# METADATA
# title: Reviewed
# description: Somebody looked at an unknown origin, and the last day of that review is not over (data.reviewed_origins).
reviewed(code) if {
	some entry in data.reviewed_origins
	entry.country == regions.country(code)
	dates.not_over(entry.until)
}

# METADATA
# title: Out of an unknown law
# description: Unknown origin and target for every candidate that a third party operates or that is not in that country alone.
unlawed contains [code, target] if {
	some code in unknown_origins
	some target in facts.known
	not domestic(code, target)
}

domestic(code, target) if {
	not target in facts.third_parties
	every place in facts.places[target] { regions.country(place) == regions.country(code) }
}

# METADATA
# title: At home
# description: A place where content of the regime may be without a mechanism.
at_home(id, place) if {
	some home in data.regimes[id].home
	within(home, place)
}

within("EEA", place) if regions.eea(place)

within(code, code)

within(code, place) if code == regions.country(place)

# METADATA
# title: Places abroad
# description: Regime, target and place for every place outside the home of a regime that applies and has a transfer test.
foreign contains [id, target, place] if {
	some id, outside in abroad
	some target, places in facts.places
	some place in places
	place in outside
}

abroad := {id: {place | some place in everywhere; not at_home(id, place)} | some id in facts.transferring}

everywhere := {place | some places in facts.places; some place in places}

# METADATA
# title: What carries
# description: |
#   {mechanism, instrument, evidence} per regime, target and place abroad that a step of the regime's ladder carries content to.
carried_by := {[id, target, place]: basis(id, target, place) | some [id, target, place] in foreign}

# METADATA
# title: Basis of a transfer
# description: |
#   The first step of a ladder that carries, or undefined; a restricted place has none. What does not depend on the target is
#   worked out once per place.
basis(id, _, place) := open[id][place]

basis(id, target, place) := first if {
	not open[id][place]
	not restricted(id, place)
	first := [record |
		some [n, kind] in steps[id]
		record := carried(kind, id, n, target, place)
	][0]
}

restricted(id, place) if regions.country(place) in data.regimes[id].restricted

restricted(id, _) if localised(id)

# Categories that stay at home whatever the mechanism.
localised(id) if adequacy.barred(data.regimes[id].localised)

# Places of a first step that any recipient may rely on.
open := {id: {place: record |
	some place in everywhere
	not restricted(id, place)
	[n, kind] := steps[id][0]
	record := opened(kind, id, n, place)
} |
	some id in considered
}

considered := facts.transferring | coming

steps := {id: [[n, kind] | some n, step in data.regimes[id].ladder; some kind in ["list", "places", "needs", "free"]; step[kind]] |
	some id in considered
}

opened("list", id, n, place) := adequacy.record(data.regimes[id].ladder[n].mechanism, data.regimes[id].ladder[n].list, entry) if {
	id in fresh
	entry := adequacy.unlimited(data.regimes[id].ladder[n].list, place)
	not excepted(id, n, place)
}

opened("places", id, n, place) := carried("places", id, n, "", place)

opened("free", id, n, place) := carried("free", id, n, "", place)

carried("list", id, n, target, place) := adequacy.record_of(data.regimes[id].ladder[n].mechanism, data.regimes[id].ladder[n].list, target, place) if {
	id in fresh
	not excepted(id, n, place)
}

carried("places", id, n, _, place) := by_name(id, n) if {
	id in fresh
	some entry in data.regimes[id].ladder[n].places
	within(entry.code, place)
	dates.begun(entry.from)
	not dates.past(entry, "until")
	not excepted(id, n, place)
}

carried("free", id, n, _, _) := by_name(id, n)

carried("needs", id, n, target, place) := {
	"mechanism": data.regimes[id].ladder[n].mechanism,
	"instrument": concat(", ", [title | some kind in needs; kind != "tia"; title := evidence.title(kind, target)]),
	"evidence": [ref | some kind in needs; ref := evidence.reference(kind, target)],
} if {
	needs := data.regimes[id].ladder[n].needs
	timely(id, n)
	every kind in array.concat(needs, specially(id, n)) { evidence.stands(kind, filing(id, n), target, place) }
}

by_name(id, n) := {"mechanism": data.regimes[id].ladder[n].mechanism, "instrument": data.regimes[id].name, "evidence": [concat(":", ["regime", id])]}

filing(id, n) := data.regimes[id].ladder[n].filing

filing(id, n) := "none" if not data.regimes[id].ladder[n].filing

excepted(id, n, _) if adequacy.barred(data.regimes[id].ladder[n].without)

excepted(id, n, place) if adequacy.barred(data.regimes[id].ladder[n].without_at[regions.country(place)])

timely(id, n) if not data.regimes[id].ladder[n].fresh

timely(id, _) if id in fresh

specially(id, n) := data.regimes[id].ladder[n].special if sensitive

else := []

sensitive if facts.special

sensitive if facts.unreadable

# METADATA
# title: Fresh
# description: Regimes that were read within their max_age_days, or those of the legal data.
fresh := {id | some id in considered; adequacy.recent(read_on(id), age(id))}

read_on(id) := data.regimes[id].as_of

read_on(id) := as_of if not data.regimes[id].as_of

age(id) := data.regimes[id].max_age_days

age(id) := adequacy.max_age_days if not data.regimes[id].max_age_days

default as_of := "never"

as_of := data.as_of

# METADATA
# title: Why nothing carries the transfer
# description: The denial codes of a regime, target and place for which there is no basis.
codes(id, target, place) := union({
	staleness(id, place),
	{code | some [n, kind] in steps[id]; some code in gaps(kind, id, n, target, place)},
	derogation(id),
	failure(id, target),
	{"LOCALISATION" | localised(id)},
})

staleness(id, place) := set() if id in fresh

else := {"REGISTRY_STALE"} if {
	some [n, kind] in steps[id]
	aging(kind, id, n, place)
}

else := set()

aging("needs", id, n, _) if data.regimes[id].ladder[n].fresh

aging("places", _, _, _)

aging("list", id, n, place) if adequacy.entries(data.regimes[id].ladder[n].list, place)

gaps("list", id, n, target, place) := adequacy.gaps(data.regimes[id].ladder[n].list, target, place) | {"ADEQUACY_SCOPE" | excepted(id, n, place)}

gaps("needs", id, n, target, place) := evidence.assessment_gaps(data.regimes[id].ladder[n].needs, target, place) if {
	"tia" in data.regimes[id].ladder[n].needs
}

derogation(id) := {data.regimes[id].derogation} if is_string(facts.activity.art49)

else := set()

failure(id, target) := {code | some code in data.regimes[id].otherwise} if {
	target in facts.third_parties
	data.regimes[id].otherwise
}

else := {"TRANSFER_NO_BASIS"} if target in facts.third_parties

else := {code | some code in data.regimes[id].otherwise_self} if data.regimes[id].otherwise_self

else := {code | some code in data.regimes[id].otherwise} if data.regimes[id].otherwise

else := {"RESIDENCY_VIOLATION", "TRANSFER_NO_BASIS"}
