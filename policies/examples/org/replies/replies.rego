# METADATA
# title: House rules on what replies lead to
# description: |
#   An example of an overlay. A reply that calls a tool which the request does not declare, or that has stand-ins in an
#   address which is nobody's in the request, keeps its stand-ins either way; here it is not delivered at all. Streams
#   are received whole before they are judged.
package org.replies

import rego.v1

# METADATA
# title: Calls of tools that nobody declared are not delivered
# description: A model that calls an undeclared tool was told to by somebody else.
# related_resources:
#   - ref: https://intranet.example/policies/23
#     description: House policy 23
# custom:
#   rule_id: replies.undeclared_call
#   codes: [REPLY_UNDECLARED_CALL]
deny contains {
	"code": "REPLY_UNDECLARED_CALL",
	"rule_id": "replies.undeclared_call",
	"citation": ["House policy 23"],
} if {
	input.phase == "response"
	input.ext.undeclared_calls > 0
}

# METADATA
# title: Addresses that would take personal data elsewhere are not delivered
# description: A picture or link whose address has stand-ins in it and leads to a host that the request does not name.
# related_resources:
#   - ref: https://intranet.example/policies/23
#     description: House policy 23
# custom:
#   rule_id: replies.foreign_address
#   codes: [REPLY_FOREIGN_ADDRESS]
deny contains {
	"code": "REPLY_FOREIGN_ADDRESS",
	"rule_id": "replies.foreign_address",
	"citation": ["House policy 23"],
} if {
	input.phase == "response"
	input.ext.foreign_addresses > 0
}
