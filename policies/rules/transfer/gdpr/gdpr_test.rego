package compliance.rules.transfer.gdpr_test

import rego.v1

import data.compliance.lib.fixtures_test as f

only(id) := {"candidates": f.to([id])}

denied(id, codes) := {"denials": {id: codes}}

stands(id, to, mechanism) := {"denials": {}, "transfers": {id: {["GDPR", "EEA", to, mechanism]}}}

at(time) := {"time": time}

cases := {
	"in the EEA": {"input": only("vendor"), "expect": {"denials": {}, "transfers": {}}},
	"EU territory": {"input": only("vendor"), "data": {"targets": {"vendor": {"processing_regions": ["RE"]}}}, "expect": {"denials": {}, "transfers": {}}},
	"German state": {"input": only("vendor"), "data": {"targets": {"vendor": {"processing_regions": ["DE-BY"]}}}, "expect": {"denials": {}, "transfers": {}}},
	"overseas country": {"input": only("vendor"), "data": {"targets": {"vendor": {"processing_regions": ["FR-NC"]}}}, "expect": denied("vendor", {"TRANSFER_NO_BASIS"})},
	"full": {"input": only("gb"), "expect": object.union(stands("gb", "GB", "eu-gdpr:A45-3"), {"crossings": {{"regime": "GDPR", "from": "EEA", "to": "GB", "mechanism": "eu-gdpr:A45-3", "instrument": "(EU) 2021/1772", "evidence": ["adequacy:eu:GB"]}}})},
	"full without a number": {"input": only("gb"), "remove": ["/data/adequacy/eu/0/decision"], "expect": {"crossings": {{"regime": "GDPR", "from": "EEA", "to": "GB", "mechanism": "eu-gdpr:A45-3", "instrument": "adequacy decision", "evidence": ["adequacy:eu:GB"]}}}},
	"private sector": {"input": only("jp"), "expect": stands("jp", "JP", "eu-gdpr:A45-3")},
	"after the sunset": {"input": object.union(only("gb"), at("2026-06-16T00:00:00Z")), "data": {"max_age_days": 60, "targets": {"gb": {"dpa": {"expires": "2027-01-01"}}}}, "expect": object.union(denied("gb", {"ADEQUACY_EXPIRED", "TRANSFER_NO_BASIS"}), {"reasons": {{"code": "ADEQUACY_EXPIRED", "rule_id": "transfer.gdpr", "effect": "deny", "target": "gb", "citation": ["GDPR Art. 44", "GDPR Art. 45", "GDPR Art. 46"], "evidence": ["country:GB"]}, {"code": "TRANSFER_NO_BASIS", "rule_id": "transfer.gdpr", "effect": "deny", "target": "gb", "citation": ["GDPR Art. 44", "GDPR Art. 45", "GDPR Art. 46"], "evidence": ["country:GB"]}}})},
	"on the first day": {"input": only("br"), "expect": stands("br", "BR", "eu-gdpr:A45-3")},
	"before the first day": {"input": object.union(only("br"), at("2026-06-14T23:59:59Z")), "expect": denied("br", {"ADEQUACY_NOT_IN_FORCE", "TRANSFER_NO_BASIS"})},
	"start is null": {"input": only("ch-like"), "data": {"targets": {"ch-like": f.third_party(["KE"])}, "adequacy": {"eu": [{"code": "KE", "scope": "full", "from": null}]}}, "expect": denied("ch-like", {"ADEQUACY_NOT_IN_FORCE", "TRANSFER_NO_BASIS"})},
	"end is null": {"input": only("ch-like"), "data": {"targets": {"ch-like": f.third_party(["KE"])}, "adequacy": {"eu": [{"code": "KE", "scope": "full", "from": "2020-01-01", "until": null}]}}, "expect": denied("ch-like", {"ADEQUACY_EXPIRED", "TRANSFER_NO_BASIS"})},
	"revocation is null": {"input": only("ch-like"), "data": {"targets": {"ch-like": f.third_party(["KE"])}, "adequacy": {"eu": [{"code": "KE", "scope": "full", "from": "2020-01-01", "revoked_at": null}]}}, "expect": denied("ch-like", {"ADEQUACY_REVOKED", "TRANSFER_NO_BASIS"})},
	"scope unheard of": {"input": only("ch-like"), "data": {"targets": {"ch-like": f.third_party(["KE"])}, "adequacy": {"eu": [{"code": "KE", "scope": "some", "from": "2020-01-01"}]}}, "expect": denied("ch-like", {"ADEQUACY_SCOPE", "TRANSFER_NO_BASIS"})},
	"an old decision beside a new one": {
		"input": only("ch-like"),
		"data": {"targets": {"ch-like": f.third_party(["KE"])}, "adequacy": {"eu": [{"code": "KE", "scope": "full", "from": "2000-01-01", "until": "2010-01-01"}, {"code": "KE", "scope": "full", "from": "2020-01-01"}]}},
		"expect": stands("ch-like", "KE", "eu-gdpr:A45-3"),
	},
	"revoked tomorrow": {"input": only("us-dpf"), "data": {"adequacy": {"eu": [{"code": "US", "scope": "dpf_certified", "from": "2023-07-10", "revoked_at": "2026-06-16"}]}}, "expect": stands("us-dpf", "US", "eu-gdpr:A45-3")},
	"revoked today": {"input": only("us-dpf"), "data": {"adequacy": {"eu": [{"code": "US", "scope": "dpf_certified", "from": "2023-07-10", "revoked_at": "2026-06-15"}]}}, "expect": denied("us-dpf", {"ADEQUACY_REVOKED", "TRANSFER_NO_BASIS"})},
	"revoked, clauses stand": {
		"input": only("us-dpf"),
		"data": {"targets": {"us-dpf": f.clauses}, "adequacy": {"eu": [{"code": "US", "scope": "dpf_certified", "from": "2023-07-10", "revoked_at": "2026-06-15"}]}},
		"expect": stands("us-dpf", "US", "eu-gdpr:A46-2-c"),
	},
	"commercial recipient": {"input": only("ca-pipeda"), "expect": stands("ca-pipeda", "CA", "eu-gdpr:A45-3")},
	"public recipient": {"input": only("ca"), "expect": denied("ca", {"ADEQUACY_SCOPE", "TRANSFER_NO_BASIS"})},
	"organisation by provider": {"input": only("epo"), "data": {"targets": {"epo": {"provider": "EPO"}}}, "expect": denied("epo", {"TRANSFER_NO_BASIS"})},
	"organisation by name": {"input": only("epo"), "expect": object.union(stands("epo", "KE", "eu-gdpr:A45-3"), {"crossings": {{"regime": "GDPR", "from": "EEA", "to": "KE", "mechanism": "eu-gdpr:A45-3", "instrument": "adequacy decision", "evidence": ["adequacy:eu:EPO"]}}})},
	"organisation by id": {"input": only("epo"), "data": {"targets": {"epo": {"provider": "EPO"}}, "providers": {"EPO": {"legal_name": "European Patent Organisation"}}}, "expect": stands("epo", "KE", "eu-gdpr:A45-3")},
	"another organisation": {"input": only("in"), "expect": denied("in", {"TRANSFER_NO_BASIS"})},
	"an organisation's name in another entry": {"input": only("epo"), "data": {"adequacy": {"eu": [{"code": "KE", "org": "EPO", "scope": "dpf_certified", "from": "2020-01-01"}]}}, "expect": denied("epo", {"ADEQUACY_SCOPE", "TRANSFER_NO_BASIS"})},
	"a commercial recipient under another scope": {"input": only("us"), "data": {"targets": {"us": {"provider": "pipeda"}}}, "expect": denied("us", {"ADEQUACY_SCOPE", "TRANSFER_NO_BASIS"})},
	"a listed recipient under another scope": {"input": only("ca"), "data": {"targets": {"ca": f.listed}}, "expect": denied("ca", {"ADEQUACY_SCOPE", "TRANSFER_NO_BASIS"})},
	"a lapsed recipient under another scope": {"input": only("ca"), "data": {"targets": {"ca": object.union(f.listed, {"dpf": {"status": "lapsed"}})}}, "expect": denied("ca", {"ADEQUACY_SCOPE", "TRANSFER_NO_BASIS"})},
	"listed": {"input": only("us-dpf"), "expect": object.union(stands("us-dpf", "US", "eu-gdpr:A45-3"), {"crossings": {{"regime": "GDPR", "from": "EEA", "to": "US", "mechanism": "eu-gdpr:A45-3", "instrument": "DPF", "evidence": ["dpf-1"]}}})},
	"not listed": {"input": only("us"), "expect": denied("us", {"ADEQUACY_SCOPE", "TRANSFER_NO_BASIS"})},
	"listed for others only": {"input": only("us-dpf"), "data": {"targets": {"us-dpf": {"dpf": {"eu": false}}}}, "expect": denied("us-dpf", {"ADEQUACY_SCOPE", "TRANSFER_NO_BASIS"})},
	"listing lapsed": {"input": only("us-dpf"), "data": {"targets": {"us-dpf": {"dpf": {"status": "lapsed"}}}}, "expect": denied("us-dpf", {"DPF_LAPSED", "TRANSFER_NO_BASIS"})},
	"listing run out": {"input": only("us-dpf"), "data": {"targets": {"us-dpf": {"dpf": {"expires": "2026-06-14"}}}}, "expect": denied("us-dpf", {"DPF_LAPSED", "TRANSFER_NO_BASIS"})},
	"listing without end": {"input": only("us-dpf"), "remove": ["/data/targets/us-dpf/dpf/expires"], "expect": stands("us-dpf", "US", "eu-gdpr:A45-3")},
	"listing ends with null": {"input": only("us-dpf"), "data": {"targets": {"us-dpf": {"dpf": {"expires": null}}}}, "expect": denied("us-dpf", {"DPF_LAPSED", "TRANSFER_NO_BASIS"})},
	"HR data": {"input": object.union(only("us-dpf"), {"activity": {"id": "staff"}}), "expect": stands("us-dpf", "US", "eu-gdpr:A45-3")},
	"HR data not covered": {"input": object.union(only("us-dpf"), {"activity": {"id": "staff"}}), "data": {"targets": {"us-dpf": {"dpf": {"hr": false}}}}, "expect": denied("us-dpf", {"DPF_HR_NOT_COVERED", "TRANSFER_NO_BASIS"})},
	"HR flag is null": {"input": only("us-dpf"), "data": {"activities": {"support": {"hr_data": null}}, "targets": {"us-dpf": {"dpf": {"hr": false}}}}, "expect": denied("us-dpf", {"DPF_HR_NOT_COVERED", "TRANSFER_NO_BASIS"})},
	"other data": {"input": only("us-dpf"), "data": {"targets": {"us-dpf": {"dpf": {"hr": false}}}}, "expect": stands("us-dpf", "US", "eu-gdpr:A45-3")},
	"self-hosted is not listed": {"input": only("local-us"), "data": {"targets": {"local-us": f.listed}}, "expect": denied("local-us", {"ADEQUACY_SCOPE", "RESIDENCY_VIOLATION"})},
	"clauses": {"input": only("in-scc"), "expect": object.union(stands("in-scc", "IN", "eu-gdpr:A46-2-c"), {"crossings": {{"regime": "GDPR", "from": "EEA", "to": "IN", "mechanism": "eu-gdpr:A46-2-c", "instrument": "(EU) 2021/914", "evidence": ["scc-1", "tia-1"]}}})},
	"clauses with measures": {"input": only("in-scc"), "data": {"targets": {"in-scc": {"tia": {"result": "pass_with_measures"}}}}, "expect": stands("in-scc", "IN", "eu-gdpr:A46-2-c")},
	"clauses unsigned": {"input": only("in-scc"), "data": {"targets": {"in-scc": {"scc": {"status": "missing"}}}}, "expect": denied("in-scc", {"TRANSFER_NO_BASIS"})},
	"assessment failed": {"input": only("in-scc"), "data": {"targets": {"in-scc": {"tia": {"result": "fail"}}}}, "expect": denied("in-scc", {"TIA_MISSING", "TRANSFER_NO_BASIS"})},
	"assessment missing": {"input": only("in-scc"), "remove": ["/data/targets/in-scc/tia"], "expect": denied("in-scc", {"TIA_MISSING", "TRANSFER_NO_BASIS"})},
	"assessment null": {"input": only("in-scc"), "data": {"targets": {"in-scc": {"tia": null}}}, "expect": denied("in-scc", {"TIA_MISSING", "TRANSFER_NO_BASIS"})},
	"assessment run out": {"input": only("in-scc"), "data": {"targets": {"in-scc": {"tia": {"expires": "2026-06-14"}}}}, "expect": denied("in-scc", {"TIA_EXPIRED", "TRANSFER_NO_BASIS"})},
	"assessment revoked": {"input": only("in-scc"), "data": {"targets": {"in-scc": {"tia": {"status": "revoked"}}}}, "expect": denied("in-scc", {"TIA_EXPIRED", "TRANSFER_NO_BASIS"})},
	"assessment active": {"input": only("in-scc"), "data": {"targets": {"in-scc": {"tia": {"status": "active"}}}}, "expect": stands("in-scc", "IN", "eu-gdpr:A46-2-c")},
	"assessment of tomorrow": {"input": only("in-scc"), "data": {"targets": {"in-scc": {"tia": {"signed_on": "2026-06-16"}}}}, "expect": denied("in-scc", {"TIA_EXPIRED", "TRANSFER_NO_BASIS"})},
	"assessment without end": {"input": only("in-scc"), "remove": ["/data/targets/in-scc/tia/expires"], "expect": stands("in-scc", "IN", "eu-gdpr:A46-2-c")},
	"derogation": {"input": only("in"), "data": {"activities": {"support": {"art49": "A49-1-a"}}}, "expect": denied("in", {"ART49_NOT_SYSTEMATIC", "TRANSFER_NO_BASIS"})},
	"derogation is null": {"input": only("in"), "data": {"activities": {"support": {"art49": null}}}, "expect": denied("in", {"TRANSFER_NO_BASIS"})},
	"stale, exactly the limit": {"input": only("gb"), "expect": {"denials": {}}},
	"stale, one day over": {"input": only("gb"), "data": {"as_of": "2026-05-15"}, "expect": denied("gb", {"REGISTRY_STALE", "TRANSFER_NO_BASIS"})},
	"stale, clauses": {"input": only("in-scc"), "data": {"as_of": "2026-05-15"}, "expect": denied("in-scc", {"REGISTRY_STALE", "TRANSFER_NO_BASIS"})},
	"stale, in the EEA": {"input": only("vendor"), "data": {"as_of": "2026-05-15"}, "expect": {"denials": {}}},
	"age limit of its own": {"input": only("gb"), "data": {"as_of": "2026-05-15", "max_age_days": 31}, "expect": {"denials": {}}},
	"age limit missing": {"input": only("gb"), "remove": ["/data/max_age_days"], "expect": {"denials": {}}},
	"age limit missing, over": {"input": only("gb"), "data": {"as_of": "2026-05-15"}, "remove": ["/data/max_age_days"], "expect": denied("gb", {"REGISTRY_STALE", "TRANSFER_NO_BASIS"})},
	"age unknown": {"input": only("gb"), "remove": ["/data/as_of"], "expect": denied("gb", {"REGISTRY_STALE", "TRANSFER_NO_BASIS"})},
	"two places, one without basis": {"input": only("gb"), "data": {"targets": {"gb": {"processing_regions": ["GB", "IN"]}}}, "expect": denied("gb", {"TRANSFER_NO_BASIS"})},
	"two places, two mechanisms": {
		"input": only("in-scc"), "data": {"targets": {"in-scc": {"processing_regions": ["GB", "IN", "DE"]}}},
		"expect": {"denials": {}, "transfers": {"in-scc": {["GDPR", "EEA", "GB", "eu-gdpr:A45-3"], ["GDPR", "EEA", "IN", "eu-gdpr:A46-2-c"]}}},
	},
	"stored abroad, retained": {"input": only("vendor"), "data": {"targets": {"vendor": {"storage_regions": ["IN"], "retention_days": 30}}}, "expect": denied("vendor", {"TRANSFER_NO_BASIS"})},
	"processed abroad, stored at home": {"input": only("in"), "data": {"targets": {"in": {"storage_regions": ["DE"]}}}, "expect": denied("in", {"TRANSFER_NO_BASIS"})},
	"self-hosted in an adequate country": {"input": only("local-gb"), "expect": stands("local-gb", "GB", "eu-gdpr:A45-3")},
	"self-hosted elsewhere": {"input": only("local-in"), "expect": denied("local-in", {"RESIDENCY_VIOLATION"})},
	"subject in the EEA, tenant outside": {"input": object.union(only("in"), {"tenant": {"id": "shop"}}), "expect": denied("in", {"TRANSFER_NO_BASIS"})},
	"tenant in the EEA, subject outside": {"input": object.union(only("in"), {"data_subjects": f.from(["US-NY"])}), "expect": denied("in", {"TRANSFER_NO_BASIS"})},
	"subject in an EU territory": {"input": object.union(only("in"), {"tenant": {"id": "shop"}, "data_subjects": f.from(["RE"])}), "expect": denied("in", {"TRANSFER_NO_BASIS"})},
	"nobody in the EEA": {"input": object.union(only("in"), {"tenant": {"id": "shop"}, "data_subjects": f.from(["US-NY"])}), "expect": {"denials": {}, "transfers": {}}},
	"nothing personal": {"input": object.union(only("in"), {"classification": {"entities": [], "categories": []}}), "expect": {"denials": {}, "transfers": {}}},
}

test_cases if f.passing(cases) == object.keys(cases)
