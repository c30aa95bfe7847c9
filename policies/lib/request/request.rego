# METADATA
# title: Request document
# description: |
#   The input and data documents are usable: of the contracted shape and free of nulls. JSON null is truthy in Rego,
#   so this
#   is the one place where it is refused; anything else reads documents that hold none.
package compliance.lib.request

import rego.v1

import data.compliance.lib.dates
import data.compliance.lib.facts

# METADATA
# title: Usable input
# description: |
#   Every fact whose absence would read as permission is there with its type. Facts whose absence denies by itself
#   (tenant,
#   activity, ingress, supported obligations) are left to the rules that use them.
valid if {
	input.schema_version == "1"
	input.phase in {"request", "post_transform", "fallback", "response", "tool_call", "cache_lookup"}
	is_string(input.request_id)
	dates.now_ns
	is_object(input.actor)
	is_boolean(input.operation.stream)
	is_boolean(input.operation.stateful)
	is_array(input.classification.categories)
	is_array(input.data_subjects.regions)
	is_array(input.classification.entities)
	is_array(input.candidates)
	input.candidates != []
	count(facts.candidates) == count(input.candidates)
	every region in input.data_subjects.regions { is_string(region.code) }
	every entity in input.classification.entities {
		is_string(entity.type)
		is_number(entity.max_confidence)
	}
	not holds_null
}

# METADATA
# title: Null in the input
# description: At any depth.
holds_null if walk(input, [_, null])

# METADATA
# title: Usable data
# description: The legal tables without which silence would read as permission.
valid_data if {
	is_string(data.revision)
	is_array(data.config.special)
	data.config.special != []
	is_array(data.regions.EEA.members)
	data.regions.EEA.members != []
	is_object(data.scopes)
	data.scopes != {}
}
