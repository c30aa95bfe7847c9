package compliance.lib.codes_test

import rego.v1

import data.compliance.lib.codes

test_law_and_organisation_are_apart if {
	codes.law & codes.waivable == set()
	codes.waivable == {"MINOR_LOCAL_ONLY", "SPECIAL_CATEGORY_LOCAL_ONLY", "STATEFUL_STORAGE"}
}

test_summary_is_never_waivable if codes.no_target in codes.law

test_statuses if codes.statuses == [["POLICY_UNAVAILABLE", 503], ["TENANT_UNKNOWN", 403], ["PURPOSE_MISSING", 400]]
