# METADATA
# title: Adequacy
# description: |
#   Adequacy decisions per exporting regime (data.adequacy, by place in data.recipients), effective-dated and scoped to
#   recipients. One list per exporting regime; three Data Privacy Framework flags per recipient.
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/art_45/oj
#     description: GDPR Art. 45; UK GDPR Art. 45; Swiss FADP Art. 16(1)
package compliance.lib.adequacy

import rego.v1

import data.compliance.lib.dates
import data.compliance.lib.entities
import data.compliance.lib.evidence
import data.compliance.lib.facts
import data.compliance.lib.regions

default max_age_days := 30

max_age_days := data.max_age_days if is_number(data.max_age_days)

# METADATA
# title: Legal data is fresh
# description: Not older than max_age_days (30 where not set).
fresh if recent(data.as_of, max_age_days)

recent(day, days) if dates.calendar_day(day) >= dates.days_ago(days)

# METADATA
# title: Entries for a place
# description: Every decision of a list that names the place's country or territory; undefined where none does.
entries(list, place) := data.recipients[list][regions.country(place)]

# METADATA
# title: Entry in force
# description: Begun, not past its sunset, not revoked on the day of the request, and binding where the content comes from.
in_force(entry) if {
	dates.begun(entry.from)
	not dates.past(entry, "until")
	not revoked(entry)
	not elsewhere(entry)
}

# Content of a state that has not taken up the decision (EEA Agreement Art. 7, 102).
elsewhere(entry) if {
	states := entry.exporters_except
	some code in facts.origins
	regions.country(code) in states
}

revoked(entry) if {
	day := entry.revoked_at
	not future(day)
}

future(day) if dates.calendar_day(day) > dates.today

# METADATA
# title: Fully adequate
# description: A decision without limits on the recipient is in force for the country.
full(list, place) if {
	fresh
	some entry in entries(list, place)
	entry.scope == "full"
	in_force(entry)
}

# METADATA
# title: Recipient covered
# description: The decision that covers this target in this place, or undefined.
covering(list, id, place) := first if first := [entry |
	some entry in entries(list, place)
	in_force(entry)
	covers(entry, list, id)
][0]

else := first if first := [entry |
	some entry in data.recipients[list].organisations
	provider := data.targets[id].provider
	entry.org in {provider, data.providers[provider].legal_name}
	in_force(entry)
][0]

covers(entry, list, id) if reaches(entry.scope, list, id)

# METADATA
# title: Barred
# description: The content holds one of the categories that a list leaves out, or could not be read.
barred(_) if facts.unreadable

barred(categories) if {
	some category in categories
	category in carried
}

carried := facts.categories | {category | some type, _ in entities.kinds; some category in data.entity_map[type].categories}

reaches("full", _, _)

reaches("private_sector", _, _)

reaches("commercial_pipeda", _, id) if {
	"pipeda_commercial" in data.providers[data.targets[id].provider].scope_flags
	not facts.hr_data
}

reaches("dpf_certified", list, id) if {
	listed(list, id)
	not hr_uncovered(id)
}

# METADATA
# title: On the Data Privacy Framework list
# description: A third-party recipient with an active certification, begun and unexpired, for the exporting regime.
listed(list, id) if {
	certified(list, id)
	data.targets[id].dpf.status == "active"
	evidence.current(data.targets[id].dpf)
}

hr_uncovered(id) if {
	facts.hr_data
	not data.targets[id].dpf.hr == true
}

# METADATA
# title: Record of an adequate transfer
# description: The mechanism of a step, with the decision that covers the recipient; undefined where none does.
record_of(mechanism, list, id, place) := {
	"mechanism": mechanism,
	"instrument": "DPF",
	"kinds": ["dpf"],
} if {
	covering(list, id, place).scope == "dpf_certified"
}

else := {
	"mechanism": mechanism,
	"instrument": object.get(entry, "decision", "adequacy decision"),
	"evidence": [concat(":", ["adequacy", list, object.get(entry, "code", object.get(entry, "org", ""))])],
} if {
	entry := covering(list, id, place)
}

# METADATA
# title: Why a decision is not in force
# description: Undefined for one that is. One that a state has not taken up does not reach its exporters.
lapse(entry) := "ADEQUACY_REVOKED" if revoked(entry)

else := "ADEQUACY_EXPIRED" if dates.past(entry, "until")

else := "ADEQUACY_NOT_IN_FORCE" if not dates.begun(entry.from)

else := "ADEQUACY_SCOPE" if elsewhere(entry)

# METADATA
# title: Why no decision covers the recipient
# description: The detail codes of every decision that names the place but does not carry the transfer.
gaps(list, id, place) := {code |
	some entry in entries(list, place)
	some code in gap_codes(entry, list, id)
}

gap_codes(entry, list, id) := {code} if code := lapse(entry)

else := set() if covers(entry, list, id)

else := dpf_gaps(list, id) if entry.scope == "dpf_certified"

else := {"ADEQUACY_SCOPE"}

dpf_gaps(list, id) := {"ADEQUACY_SCOPE"} if not certified(list, id)

else := {"DPF_LAPSED"} if not listed(list, id)

else := {"DPF_HR_NOT_COVERED"}

certified(list, id) if {
	id in facts.third_parties
	data.targets[id].dpf[list] == true
}
