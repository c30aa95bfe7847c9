package compliance.lib.duties_test

import rego.v1

import data.compliance.lib.duties
import data.compliance.lib.obligations

test_every_list_is_of_known_types if {
	object.keys(duties.hl7) - duties.types == set()
	duties.of_requests - duties.types == set()
	object.keys(obligations.strength) - duties.types == set()
}

test_what_a_reply_may_be_obliged_to_is_not_only_of_requests if {
	{"redact", "notify", "post_review", "log", "retain"} & duties.of_requests == set()
}
