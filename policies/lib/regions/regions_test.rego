package compliance.lib.regions_test

import rego.v1

import data.compliance.lib.regions

world := {"EEA": {"members": ["DE", "FR"], "territories": {"RE": "FR", "XX": null}}, "SUBDIVISIONS": {"territories": {"FR-NC": "NC", "FI-01": "AX"}}}

test_country if {
	{code: regions.country(code) | some code in ["DE", "DE-BY", "FR-NC", "US-TX", "CA-QC"]} == {
		"DE": "DE", "DE-BY": "DE", "FR-NC": "NC", "US-TX": "US", "CA-QC": "CA",
	} with data.regions as world
}

test_country_without_subdivisions if regions.country("FR-NC") == "FR" with data.regions as {}

test_country_of_no_code if {
	not regions.country(null) with data.regions as world
	not regions.country(7) with data.regions as world
}

inside(code) if regions.eea(code) with data.regions as world

test_eea if {
	{code | some code in ["DE", "DE-BY", "FR", "RE", "FR-NC", "NC", "XX", "GB", "CH"]; inside(code)} == {"DE", "DE-BY", "FR", "RE"}
}

test_eea_without_territories if {
	regions.eea("DE") with data.regions as {"EEA": {"members": ["DE"]}}
	not regions.eea("RE") with data.regions as {"EEA": {"members": ["DE"]}}
}
