package compliance.lib.request_test

import rego.v1

import data.compliance.lib.fixtures_test as f

refused := {"codes": {"POLICY_UNAVAILABLE"}, "status": 503, "action": "block", "effect": "deny", "selected": null, "denials": {}}

fine := {"status": 200}

cases := {
	"usable": {"expect": fine},
	"schema version": {"input": {"schema_version": "2"}, "expect": refused},
	"no request id": {"remove": ["/input/request_id"], "expect": refused},
	"phase unheard of": {"input": {"phase": "afterwards"}, "expect": refused},
	"phase post_transform": {"input": {"phase": "post_transform"}, "expect": fine},
	"phase fallback": {"input": {"phase": "fallback"}, "expect": fine},
	"phase tool_call": {"input": {"phase": "tool_call"}, "expect": fine},
	"no time": {"remove": ["/input/time"], "expect": refused},
	"time is no time": {"input": {"time": "2026-06-31T00:00:00Z"}, "expect": refused},
	"stream is text": {"input": {"operation": {"stream": "yes"}}, "expect": refused},
	"no actor": {"remove": ["/input/actor"], "expect": refused},
	"actor is text": {"remove": ["/input/actor/type", "/input/actor/id"], "input": {"actor": "svc"}, "expect": refused},
	"no stream": {"remove": ["/input/operation/stream"], "expect": refused},
	"stateful is text": {"input": {"operation": {"stateful": "no"}}, "expect": refused},
	"no stateful": {"remove": ["/input/operation/stateful"], "expect": refused},
	"no categories": {"remove": ["/input/classification/categories"], "expect": refused},
	"no regions": {"remove": ["/input/data_subjects/regions"], "expect": refused},
	"regions are text": {"input": {"data_subjects": {"regions": "DE"}}, "expect": refused},
	"regions are an object": {"input": {"data_subjects": {"regions": {}}}, "remove": ["/input/data_subjects/regions/0"], "expect": refused},
	"candidates are an object": {"remove": ["/input/candidates/0", "/input/candidates/0"], "input": {"candidates": {"a": {"target": "vendor", "available": true}}}, "expect": refused},
	"request id is a number": {"input": {"request_id": 7}, "expect": refused},
	"region without code": {"input": {"data_subjects": {"regions": [{"source": "profile"}]}}, "expect": refused},
	"no entities": {"remove": ["/input/classification/entities"], "expect": refused},
	"entities are an object": {"input": {"classification": {"entities": {}}}, "expect": refused},
	"entity without type": {"input": {"classification": {"entities": [{"count": 1, "max_confidence": 0.9}]}}, "expect": refused},
	"entity without score": {"input": {"classification": {"entities": [{"type": "PERSON", "count": 1}]}}, "expect": refused},
	"score is text": {"input": {"classification": {"entities": [{"type": "PERSON", "max_confidence": "low"}]}}, "expect": refused},
	"no candidates": {"input": {"candidates": []}, "expect": refused},
	"candidates missing": {"remove": ["/input/candidates"], "expect": refused},
	"candidate without target": {"input": {"candidates": [{"available": true}]}, "expect": refused},
	"candidate twice": {"input": {"candidates": f.to(["vendor", "vendor"])}, "expect": refused},
	"null deep inside": {"input": {"classification": {"entities": [{"type": "PERSON", "max_confidence": 0.9, "paths": [null]}]}}, "expect": refused},
	"null on top": {"input": {"ext": null}, "expect": refused},
	"text that reads like null": {"input": {"request_id": "a:null,"}, "expect": fine},
	"no revision": {"remove": ["/data/revision"], "expect": refused},
	"special categories missing": {"remove": ["/data/config/special"], "expect": refused},
	"special categories empty": {"data": {"config": {"special": []}}, "expect": refused},
	"special categories null": {"data": {"config": {"special": null}}, "expect": refused},
	"EEA missing": {"remove": ["/data/regions/EEA"], "expect": refused},
	"EEA empty": {"data": {"regions": {"EEA": {"members": []}}}, "expect": refused},
	"EEA null": {"data": {"regions": {"EEA": {"members": null}}}, "expect": refused},
}

test_cases if f.passing(cases) == object.keys(cases)

test_not_an_object if {
	every odd in [5, "x", [], null, {}] {
		answer := data.compliance.decision with input as odd
		answer.effect == "deny"
		answer.http_status == 503
		answer.block_codes == ["POLICY_UNAVAILABLE"]
	}
}
