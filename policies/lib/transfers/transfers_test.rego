package compliance.lib.transfers_test

import rego.v1

import data.compliance.lib.fixtures_test as f

cases := {
	"two regimes": {
		"input": {"candidates": f.to(["us-dpf"]), "data_subjects": f.from(["DE", "CH"])},
		"expect": {"transfers": {"us-dpf": {["GDPR", "EEA", "US", "eu-gdpr:A45-3"], ["CH", "CH", "US", "ch-fadp:A16-1"]}}},
	},
	"two targets": {
		"input": {"candidates": f.to(["gb", "jp"])},
		"expect": {"transfers": {"gb": {["GDPR", "EEA", "GB", "eu-gdpr:A45-3"]}, "jp": {["GDPR", "EEA", "JP", "eu-gdpr:A45-3"]}}},
	},
	"a denied target records none": {"input": {"candidates": f.to(["gb", "in"])}, "expect": {"transfers": {"gb": {["GDPR", "EEA", "GB", "eu-gdpr:A45-3"]}}}},
	"a target denied for another reason records none": {"input": {"candidates": f.to(["gb"])}, "remove": ["/data/targets/gb/dpa"], "expect": {"transfers": {}, "denials": {"gb": {"NO_DPA"}}}},
}

test_cases if f.passing(cases) == object.keys(cases)
