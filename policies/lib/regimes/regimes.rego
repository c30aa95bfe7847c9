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
shadow := {{"regime": id, "target": target, "codes": missing} |
	some id in coming
	some first, places in facts.places_alike
	some place in places
	not at_home(id, place)
	not basis(id, first, place)
	missing := codes(id, first, place)
	some target in facts.alike[first] - facts.misplaced
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
# description: |
#   Regime, first of the candidates alike and place, for every place outside the home of a regime that applies and has a transfer
#   test.
foreign contains [id, first, place] if {
	some id in facts.transferring
	some first, places in facts.places_alike
	some place in places
	not at_home(id, place)
}

# METADATA
# title: What carries
# description: |
#   {mechanism, instrument, kinds, evidence} per regime, first of the candidates alike and place abroad that a step of the regime's
#   ladder carries content to.
carried_by := {[id, first, place]: basis(id, first, place) | some [id, first, place] in foreign}

# METADATA
# title: Basis of a transfer
# description: The first step of a ladder that carries, or undefined; a restricted place has none.
basis(id, target, place) := first if {
	not restricted(id, place)
	first := [record |
		some n, _ in data.regimes[id].ladder
		record := carried(id, n, target, place)
	][0]
}

restricted(id, place) if regions.country(place) in data.regimes[id].restricted

restricted(id, _) if localised(id)

# Categories that stay at home whatever the mechanism.
localised(id) if adequacy.barred(data.regimes[id].localised)

considered := facts.transferring | coming

carried(id, n, target, place) := {
	"mechanism": data.regimes[id].ladder[n].mechanism,
	"instrument": concat(", ", [title | some kind in needs; kind != "tia"; title := evidence.title(kind, target)]),
	"kinds": needs,
} if {
	needs := data.regimes[id].ladder[n].needs
	timely(id, n)
	every kind in array.concat(needs, specially(id, n)) { evidence.stands(kind, filing(id, n), target, place) }
}

else := record if {
	list := data.regimes[id].ladder[n].list
	id in fresh
	record := adequacy.record_of(data.regimes[id].ladder[n].mechanism, list, target, place)
	not excepted(id, n, place)
}

else := by_name(id, n) if {
	some entry in data.regimes[id].ladder[n].places
	id in fresh
	within(entry.code, place)
	dates.begun(entry.from)
	not dates.past(entry, "until")
	not excepted(id, n, place)
}

else := by_name(id, n) if data.regimes[id].ladder[n].free

by_name(id, n) := {"mechanism": data.regimes[id].ladder[n].mechanism, "instrument": data.regimes[id].name, "evidence": [concat(":", ["regime", id])]}

filing(id, n) := when if when := data.regimes[id].ladder[n].filing

else := "none"

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

read_on(id) := day if day := data.regimes[id].as_of

else := as_of

age(id) := days if days := data.regimes[id].max_age_days

else := adequacy.max_age_days

default as_of := "never"

as_of := data.as_of

# METADATA
# title: Why nothing carries the transfer
# description: The denial codes of a regime, target and place for which there is no basis.
codes(id, target, place) := union({
	staleness(id, place),
	{code | some n, _ in data.regimes[id].ladder; some code in gaps(id, n, target, place)},
	derogation(id),
	failure(id, target),
	{"LOCALISATION" | localised(id)},
})

staleness(id, place) := set() if id in fresh

else := {"REGISTRY_STALE"} if {
	some n, _ in data.regimes[id].ladder
	aging(id, n, place)
}

else := set()

aging(id, n, _) if data.regimes[id].ladder[n].fresh

aging(id, n, _) if data.regimes[id].ladder[n].places

aging(id, n, place) if adequacy.entries(data.regimes[id].ladder[n].list, place)

gaps(id, n, target, place) := adequacy.gaps(data.regimes[id].ladder[n].list, target, place) | {"ADEQUACY_SCOPE" | excepted(id, n, place)}

gaps(id, n, target, place) := evidence.assessment_gaps(data.regimes[id].ladder[n].needs, target, place) if {
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
