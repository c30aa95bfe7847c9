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
	counts(entity)
}

counts(entity) if not entity.subject_role == "public"

counts(_) if public_figures

# METADATA
# title: Public figures count
# description: |
#   Somebody whom an encyclopaedia knows, in a text without a personal context (subject_role public), is readable: what is
#   manifestly public about the dead and the famous needs no pseudonym. Tenant or activity may treat them as everybody else
#   by redact_public_figures.
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/oj
#     description: GDPR recital 27
public_figures if data.tenants[input.tenant.id].redact_public_figures == true

public_figures if data.activities[input.activity.id].redact_public_figures == true

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
# title: Quasi identifiers under a regime
# description: |
#   The quasi identifiers found that help to identify a person under a regime. Identifiability belongs to the entity type, per
#   regime: data.entity_map[type].identifies names the regimes; a type that says nothing identifies as the law lists it.
#   An age identifies under HIPAA above 89 only (input.ext.age_over_89).
# related_resources:
#   - ref: https://www.ecfr.gov/current/title-45/section-164.514
#     description: 45 CFR 164.514(b)(2); GDPR recital 26
quasi(regime) := {type |
	some type, "quasi" in kinds
	identifies(type, regime)
	not young(type, regime)
}

identifies(type, regime) if regime in data.entity_map[type].identifies

identifies(type, regime) if {
	not mapped(type)
	listed(type, regime)
}

mapped(type) if is_array(data.entity_map[type].identifies)

listed(_, "GDPR")

listed(type, "HIPAA") if type in {"AGE", "DATE", "LOCATION", "URL", "ZIP_CODE"}

young("AGE", "HIPAA") if not input.ext.age_over_89 == true

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
