# METADATA
# title: Adequacy
# description: |
#   Adequacy decisions per exporting regime (data.adequacy.eu, uk, ch), effective-dated and scoped to recipients.
#   One list per
#   exporting regime; three Data Privacy Framework flags per recipient.
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/art_45/oj
#     description: GDPR Art. 45; UK GDPR Art. 45; Swiss FADP Art. 16(1)
package compliance.lib.adequacy

import rego.v1

import data.compliance.lib.dates
import data.compliance.lib.evidence
import data.compliance.lib.facts
import data.compliance.lib.regions

# METADATA
# title: Legal data is stale
# description: Older than max_age_days (30 where not set), or of unknown age.
stale if not fresh

default max_age_days := 30

max_age_days := data.max_age_days if is_number(data.max_age_days)

fresh if dates.calendar_day(data.as_of) >= dates.days_ago(max_age_days)

# METADATA
# title: Decisions of the Brazilian authority
# description: |
#   LGPD Art. 33(I); an entry EEA names every member state. A data document of a time before the list was kept knows only
#   Resolution CD/ANPD 32/2026.
brazilian := data.adequacy.br if is_array(data.adequacy.br)

else := [{"code": "EEA", "scope": "full", "from": "2026-01-27"}]

# METADATA
# title: Entries for a country
# description: Every decision of a list that names the country.
entries(list, country) := [data.adequacy[list][position] |
	data.adequacy[list][position].code == country
]

# METADATA
# title: Entries for organisations
# description: Every decision of a list that names an international organisation instead of a country.
organisations(list) := [data.adequacy[list][position] |
	data.adequacy[list][position].scope == "organisation"
]

# METADATA
# title: Entry in force
# description: Begun, not past its sunset and not revoked on the day of the request.
in_force(entry) if {
	dates.begun(entry.from)
	not sunset(entry)
	not revoked(entry)
}

sunset(entry) if {
	day := entry.until
	not dates.not_over(day)
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
	some entry in entries(list, regions.country(place))
	entry.scope == "full"
	in_force(entry)
}

# METADATA
# title: Recipient covered
# description: The decision that covers this target in this place, or undefined.
covering(list, id, place) := first if first := [entry |
	some entry in entries(list, regions.country(place))
	in_force(entry)
	covers(entry, list, id)
][0]

else := first if first := [entry |
	some entry in organisations(list)
	names(entry, id)
	in_force(entry)
][0]

covers(entry, list, id) if reaches(entry.scope, list, id)

covers(entry, _, id) if {
	entry.scope == "organisation"
	names(entry, id)
}

names(entry, id) if {
	provider := data.targets[id].provider
	entry.org in {provider, data.providers[provider].legal_name}
}

reaches("full", _, _)

reaches("private_sector", _, _)

reaches("commercial_pipeda", _, id) if "pipeda_commercial" in data.providers[data.targets[id].provider].scope_flags

reaches("dpf_certified", list, id) if {
	listed(list, id)
	not hr_uncovered(id)
}

# METADATA
# title: On the Data Privacy Framework list
# description: A third-party recipient with an active, unexpired certification for the exporting regime.
listed(list, id) if {
	certified(list, id)
	data.targets[id].dpf.status == "active"
	evidence.unexpired(data.targets[id].dpf)
}

hr_uncovered(id) if {
	facts.hr_data
	not data.targets[id].dpf.hr == true
}

# METADATA
# title: Why a decision is not in force
# description: Undefined for one that is.
lapse(entry) := "ADEQUACY_REVOKED" if revoked(entry)

else := "ADEQUACY_EXPIRED" if sunset(entry)

else := "ADEQUACY_NOT_IN_FORCE" if not in_force(entry)

# METADATA
# title: Why no decision covers the recipient
# description: The detail codes of every decision that names the place but does not carry the transfer.
gaps(list, id, place) := {code |
	some entry in entries(list, regions.country(place))
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
