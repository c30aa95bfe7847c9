package compliance.rules.us.doj_bulk_data

import rego.v1

import data.compliance.lib.facts
import data.compliance.lib.regions

# METADATA
# scope: document
# title: Bulk data of US persons
# description: |
#   More US persons than the threshold of the category: no access for a country of concern or a covered person, de-
#   identified or not.
# related_resources:
#   - ref: https://www.ecfr.gov/current/title-28/part-202
#     description: 28 CFR 202
# custom:
#   rule_id: us.doj_bulk_data
#   codes: [DOJ_BULK_DATA]
deny contains {
	"code": "DOJ_BULK_DATA",
	"rule_id": "us.doj_bulk_data",
	"effect": "deny",
	"target": id,
	"citation": ["28 CFR 202"],
	"evidence": [],
} if {
	bulk
	us_person
	some id in facts.known
	not free_of_concern(id)
}

us_person if not facts.tenant.us_person == false

us_person if input.tenant.us_person == true

bulk if {
	input.data_subjects.us_bulk
	not within_threshold
}

within_threshold if input.data_subjects.us_bulk.us_persons <= threshold

threshold := limit if limit := data.doj.thresholds_more_than[input.data_subjects.us_bulk.category]

else := min([limit | some limit in data.doj.thresholds_more_than])

free_of_concern(id) if {
	facts.places[id]
	every place in touched(id) { elsewhere(place) }
	data.providers[data.targets[id].provider].doj_covered_person == false
	elsewhere(data.providers[data.targets[id].provider].parent_country)
}

touched(id) := array.concat(facts.accessing(id), [place |
	some field in ["processing_regions", "storage_regions"]
	some place in data.targets[id][field]
])

elsewhere(place) if {
	countries := data.doj.countries
	country := regions.country(place)
	not country in countries
}
