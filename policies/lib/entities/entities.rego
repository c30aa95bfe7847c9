# METADATA
# title: Entities
# description: |
#   What the entity types found in the content mean (data.entity_map). Findings under the threshold do not count; at
#   or above
#   it they do. A type that the map does not know identifies somebody and is removed.
package compliance.lib.entities

import rego.v1

default threshold := 0.35

threshold := data.config.threshold if is_number(data.config.threshold)

# METADATA
# title: Kind per entity type
# description: The kind of every entity type that counts.
kinds := {entity.type: kind(entity.type) |
	some entity in input.classification.entities
	entity.max_confidence >= threshold
}

kind(type) := found if found := data.entity_map[type].kind

else := "unknown"

# METADATA
# title: Identified
# description: Some entity identifies a person. Every kind but these four does, and so does a type without a kind.
identified if {
	some kind in kinds
	not kind in {"quasi", "attr", "sad", "secret"}
}

# METADATA
# title: Categories set by attributes
# description: An attribute found in the content sets its category even where classification names none.
attribute_categories := {category |
	some type, "attr" in kinds
	some category in categories_of(type)
}

categories_of(type) := data.entity_map[type].categories if is_array(data.entity_map[type].categories)

else := object.get(attributes, type, [])

attributes := {
	"BIOMETRIC_ID": ["biometric"],
	"CRIMINAL_RECORD": ["criminal"],
	"ETHNICITY": ["racial_ethnic"],
	"GENETIC_DATA": ["genetic"],
	"HEALTH_CONDITION": ["health"],
	"LAB_OR_PROCEDURE": ["health"],
	"MEDICATION": ["health"],
	"MENTAL_HEALTH": ["health"],
	"POLITICAL_OPINION": ["political"],
	"RELIGION": ["religious"],
	"SEXUAL_ORIENTATION": ["sex_orientation"],
	"TRADE_UNION": ["trade_union"],
}
