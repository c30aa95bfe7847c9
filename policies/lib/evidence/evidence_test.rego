package compliance.lib.evidence_test

import rego.v1

import data.compliance.lib.evidence

noon := {"time": "2026-06-15T12:00:00Z"}

records := {
	"signed": {"status": "signed"},
	"signed today, ends today": {"status": "signed", "signed_on": "2026-06-15", "expires": "2026-06-15"},
	"signed tomorrow": {"status": "signed", "signed_on": "2026-06-16"},
	"ended yesterday": {"status": "signed", "expires": "2026-06-14"},
	"signed on null": {"status": "signed", "signed_on": null},
	"ends with null": {"status": "signed", "expires": null},
	"active": {"status": "active"},
	"lapsed": {"status": "lapsed"},
	"no status": {"expires": "2027-01-01"},
	"null": null,
	"text": "signed",
}

signed(kind) if evidence.signed(records, kind) with input as noon

test_signed if {name | some name, _ in records; signed(name)} == {"signed", "signed today, ends today"}

test_missing_is_unsigned if not signed("unheard of")

test_holds if {
	{name | some name, record in records; evidence.holds(record)} == {"signed", "signed today, ends today"} with input as noon
}

test_started if {
	{name | some name, record in records; evidence.started(record)} == object.keys(records) - {"signed tomorrow", "signed on null", "null", "text"} with input as noon
}

test_unexpired if {
	{name | some name, record in records; evidence.unexpired(record)} == object.keys(records) - {"ended yesterday", "ends with null", "null", "text"} with input as noon
}

test_ref if evidence.ref("t", "dpa") == "dpa-1" with data.targets as {"t": {"dpa": {"ref": "dpa-1"}}}

test_ref_derived if {
	evidence.ref("t", "dpa") == "ev:t:dpa" with data.targets as {"t": {"dpa": {"ref": null}}}
	evidence.ref("t", "dpa") == "ev:t:dpa" with data.targets as {"t": {}}
}
