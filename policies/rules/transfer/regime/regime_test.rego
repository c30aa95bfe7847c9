package compliance.rules.transfer.regime_test

import rego.v1

import data.compliance.lib.fixtures_test as f

homes := {"pristina": "XK", "delhi": "IN", "shop": "US-WA"}

of(tenant, targets) := {"tenant": {"id": tenant}, "data_subjects": f.from([homes[tenant]]), "candidates": f.to(targets)}

moved(code, targets) := {"tenant": {"id": "acme"}, "data_subjects": f.from([code]), "candidates": f.to(targets)}

holding(instruments) := {"tenants": {"pristina": {"instruments": instruments}}}

clauses(patch) := object.union({"kind": "xk_clauses", "targets": ["us"], "status": "signed", "signed_on": "2026-06-01", "due_on": "2026-06-15"}, patch)

notice(patch) := object.union({"kind": "xk_notice", "targets": ["us"], "status": "signed", "effective_on": "2026-06-15"}, patch)

none(id) := {"denials": {id: {"TRANSFER_NO_BASIS"}}}

stands(id, place, mechanism) := {"denials": {}, "transfers": {id: {["LISTED", "XK", place, mechanism]}}}

special := object.union(of("pristina", ["us"]), {"classification": {"categories": ["personal", "health"]}, "activity": {"id": "care"}})

at(time) := {"time": time}

kazakh(targets) := {"tenant": {"id": "astana"}, "data_subjects": f.from(["KZ"]), "candidates": f.to(targets)}

unheard := {
	"tenants": {"astana": {"establishments": ["KZ"], "hipaa_role": "none", "us_person": false}},
	"targets": {"home": f.self_hosted("KZ"), "there": f.third_party(["KZ"])},
}

reviewing(patch) := object.union(unheard, {"reviewed_origins": [object.union({"country": "KZ", "who": "Anna", "until": "2026-06-15", "note": "no transfer rule"}, patch)]})

unknown(targets) := {"denials": {id: {"LAW_UNKNOWN"} | some id in targets}}

cases := {
	"listed place": {"input": of("pristina", ["vendor"]), "expect": object.union(stands("vendor", "FR", "xk-act:list"), {"regimes": ["LISTED"]})},
	"listed from tomorrow": {"input": of("pristina", ["jp"]), "expect": none("jp")},
	"listed until yesterday": {"input": of("pristina", ["gb"]), "expect": none("gb")},
	"not listed": {"input": of("pristina", ["us"]), "expect": object.union(none("us"), {"reasons": {{"code": "TRANSFER_NO_BASIS", "rule_id": "transfer.regime", "effect": "deny", "target": "us", "citation": ["Listed Act s. 1"], "evidence": ["regime:LISTED", "country:US"]}}})},
	"our own server abroad": {"input": of("pristina", ["local-us"]), "expect": {"denials": {"local-us": {"TRANSFER_NO_BASIS", "RESIDENCY_VIOLATION"}}}},
	"a category that the list leaves out": {"input": object.union(of("pristina", ["vendor"]), {"classification": {"categories": ["personal", "national_id"]}}), "expect": none("vendor")},
	"content that nobody read": {"input": object.union(of("pristina", ["local"]), {"classification": {"status": "failed"}}), "expect": {"denials": {"local": {"TRANSFER_NO_BASIS", "RESIDENCY_VIOLATION"}}}},
	"signed and to be filed today": {"input": of("pristina", ["us"]), "data": holding([clauses({})]), "expect": object.union(stands("us", "US", "xk-act:clauses"), {"crossings": {{"regime": "LISTED", "from": "XK", "to": "US", "mechanism": "xk-act:clauses", "instrument": "xk_clauses", "evidence": ["ev:us:xk_clauses"]}}})},
	"to be filed by yesterday": {"input": of("pristina", ["us"]), "data": holding([clauses({"due_on": "2026-06-14"})]), "expect": none("us")},
	"filed late": {"input": of("pristina", ["us"]), "data": holding([clauses({"due_on": "2026-06-14", "filed_on": "2026-06-15"})]), "expect": stands("us", "US", "xk-act:clauses")},
	"filed tomorrow": {"input": of("pristina", ["us"]), "data": holding([clauses({"due_on": "2026-06-14", "filed_on": "2026-06-16"})]), "expect": none("us")},
	"never to be filed": {"input": of("pristina", ["us"]), "data": holding([object.remove(clauses({}), ["due_on"])]), "expect": none("us")},
	"for another target": {"input": of("pristina", ["us"]), "data": holding([clauses({"targets": ["in"]})]), "expect": none("us")},
	"of another kind": {"input": of("pristina", ["us"]), "data": holding([clauses({"kind": "xk_notes"})]), "expect": none("us")},
	"expired": {"input": of("pristina", ["us"]), "data": holding([clauses({"expires": "2026-06-14"})]), "expect": none("us")},
	"last day": {"input": of("pristina", ["us"]), "data": holding([clauses({"expires": "2026-06-15"})]), "expect": stands("us", "US", "xk-act:clauses")},
	"signed tomorrow": {"input": of("pristina", ["us"]), "data": holding([clauses({"signed_on": "2026-06-16"})]), "expect": none("us")},
	"not signed": {"input": of("pristina", ["us"]), "data": holding([clauses({"status": "missing"})]), "expect": none("us")},
	"names the country": {"input": of("pristina", ["us"]), "data": holding([clauses({"places": ["US"]})]), "expect": stands("us", "US", "xk-act:clauses")},
	"names another country": {"input": of("pristina", ["us"]), "data": holding([clauses({"places": ["IN"]})]), "expect": none("us")},
	"names none": {"input": of("pristina", ["us"]), "data": holding([clauses({"places": []})]), "expect": none("us")},
	"places are null": {"input": of("pristina", ["us"]), "data": holding([clauses({"places": null})]), "expect": none("us")},
	"special without a permit": {"input": special, "data": holding([clauses({})]), "expect": {"transfers": {}}},
	"special with a permit": {"input": special, "data": holding([clauses({}), {"kind": "xk_permit", "targets": ["us"], "status": "signed", "due_on": "2026-06-15"}]), "expect": {"transfers": {}}},
	"contract and notice": {"input": of("pristina", ["us"]), "data": holding([notice({})]), "expect": stands("us", "US", "xk-act:contract")},
	"notice that waits": {"input": of("pristina", ["us"]), "data": holding([notice({"effective_on": "2026-06-16"})]), "expect": none("us")},
	"notice that never waits": {"input": of("pristina", ["us"]), "data": holding([object.remove(notice({}), ["effective_on"])]), "expect": none("us")},
	"notice without a contract": {"input": of("pristina", ["us"]), "data": object.union(holding([notice({})]), {"targets": {"us": {"dpa": {"status": "missing"}}}}), "expect": {"transfers": {}}},
	"instruments are no list": {"input": of("pristina", ["us"]), "data": holding({"a": 1}), "expect": none("us")},
	"before the law": {"input": object.union(of("pristina", ["us"]), at("2026-06-14T10:00:00Z")), "expect": {"denials": {}, "transfers": {"us": {["UNKNOWN", "XK", "US", "none-known"]}}}},
	"the law is gone": {"input": object.union(of("delhi", ["local-us", "local-in"]), at("2026-06-16T10:00:00Z")), "expect": unknown(["local-us"])},
	"free": {"input": of("delhi", ["us"]), "expect": {"denials": {}, "transfers": {"us": {["LENIENT", "IN", "US", "in-act:free"]}}}},
	"free at home": {"input": of("delhi", ["in"]), "expect": {"denials": {}, "transfers": {}}},
	"a category that stays at home": {"input": object.union(of("delhi", ["us"]), {"classification": {"categories": ["personal", "financial"]}}), "data": {"regimes": {"LENIENT": {"localised": ["financial"]}}}, "expect": {"denials": {"us": {"LOCALISATION", "TRANSFER_NO_BASIS"}}}},
	"another category than stays at home": {"input": of("delhi", ["us"]), "data": {"regimes": {"LENIENT": {"localised": ["financial"]}}}, "expect": {"denials": {}}},
	"restricted": {"input": of("delhi", ["cn"]), "expect": {"denials": {"cn": {"TRANSFER_NO_BASIS"}}}},
	"out of its scope": {"input": object.union(of("delhi", ["us"]), {"data_subjects": f.from(["IN-KA"])}), "data": {"tenants": {"delhi": {"establishments": ["IN-KA"]}}}, "expect": {"transfers": {}, "regimes": []}},
	"by a part of the country": {"input": object.union(of("delhi", ["us"]), {"data_subjects": f.from(["IN-MH"])}), "data": {"tenants": {"delhi": {"establishments": ["IN-MH"]}}}, "expect": {"regimes": ["LENIENT"]}},
	"a law that comes tomorrow": {"input": moved("KE", ["vendor"]), "data": {"tenants": {"acme": {"establishments": ["KE"]}}}, "expect": {"denials": {}, "regimes": [], "shadow": {{"regime": "COMING", "target": "vendor", "codes": {"TRANSFER_NO_BASIS"}}}}},
	"a law in shadow": {"input": moved("QA", ["vendor"]), "data": {"tenants": {"acme": {"establishments": ["QA"]}}}, "expect": {"denials": {}, "regimes": [], "shadow": {{"regime": "SHADOW", "target": "vendor", "codes": {"TRANSFER_NO_BASIS"}}}}},
	"a law in shadow that would let it go": {"input": moved("QA", ["vendor"]), "data": {"tenants": {"acme": {"establishments": ["QA"], "instruments": [{"kind": "qa_clauses", "targets": ["vendor"], "status": "signed"}]}}}, "expect": {"shadow": set()}},
	"a law in shadow, nothing personal": {"input": object.union(moved("QA", ["vendor"]), {"classification": {"entities": [], "categories": []}}), "data": {"tenants": {"acme": {"establishments": ["QA"]}}}, "expect": {"shadow": set()}},
	"a law that is gone is not in shadow": {"input": object.union(of("delhi", ["us"]), at("2026-06-16T10:00:00Z")), "expect": {"shadow": set()}},
	"with the law of another origin": {"input": moved("IN", ["us-dpf"]), "expect": {"denials": {}, "transfers": {"us-dpf": {["GDPR", "EEA", "US", "eu-gdpr:A45-3"], ["LENIENT", "IN", "US", "in-act:free"]}}}},
	"nothing personal": {"input": object.union(of("pristina", ["us"]), {"classification": {"entities": [], "categories": []}}), "expect": {"denials": {}, "transfers": {}}},
	"an origin whose law does not decide yet": {"input": moved("QA", ["vendor"]), "data": {"tenants": {"acme": {"establishments": ["QA"]}}}, "expect": {"denials": {}, "transfers": {"vendor": {["UNKNOWN", "QA", "FR", "none-known"]}}}},
	"an origin that is known to have none": {"input": of("shop", ["vendor", "local"]), "expect": {"denials": {}, "transfers": {}}},
	"no list of those": {"input": of("shop", ["vendor"]), "remove": ["/data/config/no_transfer_law"], "expect": unknown(["vendor"])},
	"unknown law": {"input": kazakh(["vendor", "us", "local", "home"]), "data": unheard, "expect": unknown(["vendor", "us", "local"])},
	"unknown law, the reason": {"input": kazakh(["vendor"]), "data": unheard, "expect": {"reasons": {{"code": "LAW_UNKNOWN", "rule_id": "transfer.regime", "effect": "deny", "target": "vendor", "citation": [], "evidence": ["origin:KZ"]}}, "codes": {"LAW_UNKNOWN", "NO_COMPLIANT_TARGET"}}},
	"unknown law, a third party at home": {"input": kazakh(["there"]), "data": unheard, "expect": unknown(["there"])},
	"unknown law, our own server at home and stored abroad": {"input": kazakh(["home"]), "data": object.union(unheard, {"targets": {"home": {"retention_days": 1, "storage_regions": ["DE"]}}}), "expect": unknown(["home"])},
	"unknown law, our own server in a part of the country": {"input": kazakh(["home"]), "data": object.union(unheard, {"targets": {"home": {"processing_regions": ["KZ-ALA"]}}}), "expect": {"denials": {}, "transfers": {}}},
	"unknown law, our own server of no known place": {"input": kazakh(["home"]), "data": object.union(unheard, {"targets": {"home": {"processing_regions": []}}}), "expect": unknown(["home"])},
	"unknown law, nothing personal": {"input": object.union(kazakh(["us"]), {"classification": {"entities": [], "categories": []}}), "data": unheard, "expect": {"denials": {}, "transfers": {}, "codes": set()}},
	"unknown law of the establishment alone": {"input": object.union(kazakh(["us"]), {"data_subjects": f.from(["US"])}), "data": unheard, "expect": unknown(["us"])},
	"unknown law of the people alone": {"input": moved("KZ", ["vendor"]), "data": unheard, "expect": object.union(unknown(["vendor"]), {"regimes": ["GDPR"]})},
	"unknown law of the people alone, reviewed": {"input": moved("KZ", ["us-dpf", "in"]), "data": reviewing({}), "expect": {"denials": {"in": {"TRANSFER_NO_BASIS"}}, "transfers": {"us-dpf": {["GDPR", "EEA", "US", "eu-gdpr:A45-3"], ["UNKNOWN", "KZ", "US", "none:reviewed"]}}}},
	"reviewed": {"input": kazakh(["us", "home", "there"]), "data": reviewing({}), "expect": {"denials": {}, "transfers": {"us": {["UNKNOWN", "KZ", "US", "none:reviewed"]}, "there": {["UNKNOWN", "KZ", "KZ", "none:reviewed"]}}}},
	"reviewed, the record": {"input": kazakh(["us"]), "data": reviewing({}), "expect": {"crossings": {{"regime": "UNKNOWN", "from": "KZ", "to": "US", "mechanism": "none:reviewed", "instrument": "review of the origin", "evidence": ["reviewed_origins:KZ"]}}}},
	"reviewed, a part of the country": {"input": object.union(kazakh(["us"]), {"data_subjects": f.from(["KZ-ALA"])}), "data": reviewing({}), "expect": {"denials": {}}},
	"reviewed, no known place": {"input": kazakh(["global"]), "data": reviewing({}), "expect": {"denials": {}, "transfers": {"global": {["UNKNOWN", "KZ", "unknown", "none:reviewed"]}}}},
	"reviewed until yesterday": {"input": kazakh(["us"]), "data": reviewing({"until": "2026-06-14"}), "expect": unknown(["us"])},
	"reviewed without end": {"input": kazakh(["us"]), "data": reviewing({"until": null}), "expect": unknown(["us"])},
	"reviewed by another word": {"input": kazakh(["us"]), "data": reviewing({"country": "kz"}), "expect": unknown(["us"])},
	"another origin reviewed": {"input": kazakh(["us"]), "data": reviewing({"country": "UZ"}), "expect": unknown(["us"])},
	"two unknown, one reviewed": {"input": object.union(kazakh(["us"]), {"data_subjects": f.from(["UZ"])}), "data": reviewing({}), "expect": unknown(["us"])},
	"a review opens no law": {"input": of("pristina", ["us"]), "data": reviewing({"country": "XK"}), "expect": none("us")},
	"no country": {"input": moved("", ["vendor"]), "expect": unknown(["vendor"])},
}

test_cases if f.passing(cases) == object.keys(cases)
