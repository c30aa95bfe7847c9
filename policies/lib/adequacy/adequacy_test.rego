package compliance.lib.adequacy_test

import rego.v1

import data.compliance.lib.fixtures_test as f

reader(country) := {"actor": {"country": country}}

cases := {
	"full but revoked": {"input": reader("KE"), "data": {"adequacy": {"eu": [{"code": "KE", "scope": "full", "from": "2020-01-01", "revoked_at": "2026-06-15"}]}}, "expect": {"codes": {"ACTOR_ACCESS_TRANSFER"}}},
	"full, revoked tomorrow": {"input": reader("KE"), "data": {"adequacy": {"eu": [{"code": "KE", "scope": "full", "from": "2020-01-01", "revoked_at": "2026-06-16"}]}}, "expect": {"codes": set()}},
	"full, not begun": {"input": reader("KE"), "data": {"adequacy": {"eu": [{"code": "KE", "scope": "full", "from": "2026-06-16"}]}}, "expect": {"codes": {"ACTOR_ACCESS_TRANSFER"}}},
	"another country's": {"input": reader("KE"), "data": {"adequacy": {"eu": [{"code": "NZ", "scope": "full", "from": "2020-01-01"}]}}, "expect": {"codes": {"ACTOR_ACCESS_TRANSFER"}}},
	"no list": {"input": reader("CH"), "remove": ["/data/adequacy"], "expect": {"codes": {"ACTOR_ACCESS_TRANSFER"}}},
	"not taken up where a reader's content comes from": {"input": object.union(reader("KE"), {"data_subjects": {"regions": [{"code": "NO-03", "source": "declared"}]}}), "data": {"adequacy": {"eu": [{"code": "KE", "scope": "full", "from": "2020-01-01", "exporters_except": ["NO"]}]}}, "expect": {"codes": {"ACTOR_ACCESS_TRANSFER"}}},
	"not taken up elsewhere": {"input": reader("KE"), "data": {"adequacy": {"eu": [{"code": "KE", "scope": "full", "from": "2020-01-01", "exporters_except": ["NO"]}]}}, "expect": {"codes": set()}},
	"an organisation's entry is nobody else's": {"input": {"candidates": f.to(["in"])}, "expect": {"denials": {"in": {"TRANSFER_NO_BASIS"}}}},
	"an organisation's entry with a country": {"input": {"candidates": f.to(["epo", "in"])}, "data": {"adequacy": {"eu": [{"code": "KE", "org": "EPO", "scope": "organisation", "from": "2025-07-15"}]}}, "expect": {"denials": {"in": {"TRANSFER_NO_BASIS"}}}},
	"an organisation's entry with a country, stale": {"input": {"candidates": f.to(["epo"])}, "data": {"as_of": "2026-05-15", "adequacy": {"eu": [{"code": "KE", "org": "EPO", "scope": "organisation", "from": "2025-07-15"}]}}, "expect": {"denials": {"epo": {"REGISTRY_STALE", "TRANSFER_NO_BASIS"}}}},
	"another organisation's entry with a country, stale": {"input": {"candidates": f.to(["epo"])}, "data": {"as_of": "2026-05-15", "adequacy": {"eu": [{"code": "KE", "org": "WIPO", "scope": "organisation", "from": "2025-07-15"}]}}, "expect": {"denials": {"epo": {"REGISTRY_STALE", "TRANSFER_NO_BASIS"}}}},
	"an organisation's revoked entry": {"input": {"candidates": f.to(["epo"])}, "data": {"adequacy": {"eu": [{"org": "EPO", "scope": "organisation", "from": "2025-07-15", "revoked_at": "2026-01-01"}]}}, "expect": {"denials": {"epo": {"TRANSFER_NO_BASIS"}}}},
}

test_cases if f.passing(cases) == object.keys(cases)
