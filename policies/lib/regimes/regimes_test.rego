package compliance.lib.regimes_test

import rego.v1

import data.compliance.lib.fixtures_test as f
import data.compliance.lib.regimes

test_of_places if {
	found := {codes: regimes.of_places(codes) | some codes in [{"XK"}, {"IN", "KE"}, {"QA"}, {"IN-KA"}, {"US"}, set(), {null}]} with input as f.request
		with data.regimes as f.document.regimes
		with data.scopes as f.scopes(f.document)
	found == {{"XK"}: {"LISTED"}, {"IN", "KE"}: {"LENIENT"}, {"QA"}: set(), {"IN-KA"}: set(), {"US"}: set(), set(): set(), {null}: set()}
}

test_a_regime_of_an_odd_shape_reaches_nobody if {
	every odd in [null, {}, {"mode": "enforce"}, {"mode": true, "from": "2020-01-01"}, {"mode": "enforce", "from": 7}] {
		regimes.of_places({"XK"}) == set() with input as f.request with data.regimes as {"LISTED": odd} with data.scopes as f.scopes(f.document)
	}
}

test_without_data_nothing_is_reached if regimes.of_places({"XK"}) == set() with input as f.request

test_at_home if {
	regimes.at_home("LISTED", "XK") with data.regimes as f.document.regimes
	regimes.at_home("LISTED", "XK-PR") with data.regimes as f.document.regimes
	not regimes.at_home("LISTED", "FR") with data.regimes as f.document.regimes
}
