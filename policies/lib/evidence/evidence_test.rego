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

signed(kind) if evidence.signed("t", kind) with input as noon with data.targets as {"t": records}

test_signed if {name | some name, _ in records; signed(name)} == {"signed", "signed today, ends today"}

test_missing_is_unsigned if not signed("unheard of")

test_holds if {
	{name | some name, record in records; evidence.holds(record)} == {"signed", "signed today, ends today"} with input as noon
}

test_current if {
	{name | some name, record in records; evidence.current(record)} == object.keys(records) - {"signed tomorrow", "signed on null", "ended yesterday", "ends with null", "null", "text"} with input as noon
}

test_ref if evidence.ref("t", "dpa") == "dpa-1" with data.targets as {"t": {"dpa": {"ref": "dpa-1"}}}

test_ref_derived if {
	evidence.ref("t", "dpa") == "ev:t:dpa" with data.targets as {"t": {"dpa": {"ref": null}}}
	evidence.ref("t", "dpa") == "ev:t:dpa" with data.targets as {"t": {}}
}

registry(tenants, record) := {"tenants": {id: {} | some id in tenants}, "record": record}

party(world, id) if evidence.party("t", "scc") with input as {"tenant": {"id": id}}
	with data.targets as {"t": {"scc": world.record}}
	with data.tenants as world.tenants
	with data.config as {"named_contracts": ["scc"]}

test_named if {
	party(registry(["a", "b"], {"tenants": ["a"]}), "a")
	not party(registry(["a", "b"], {"tenants": ["a"]}), "b")
	not party(registry(["a"], {"tenants": ["b"]}), "a")
	not party(registry(["a"], {"tenants": []}), "a")
}

test_nobody_named if {
	party(registry(["a"], {}), "a")
	not party(registry(["a", "b"], {}), "a")
	not party(registry([], {}), "a")
	not party(registry(["a"], {"tenants": null}), "a")
	not party(registry(["a"], {"tenants": "a"}), "a")
	not party(registry(["a"], "text"), "a")
}

test_kinds_that_need_no_names if {
	every config in [{}, {"named_contracts": []}, {"named_contracts": ["dpa"]}] {
		evidence.party("t", "scc") with input as {"tenant": {"id": "a"}}
			with data.targets as {"t": {"scc": {}}}
			with data.tenants as {"a": {}, "b": {}}
			with data.config as config
	}
}
