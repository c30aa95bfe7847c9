# METADATA
# title: Actor
# description: Where the reader of an answer is.
package compliance.lib.actor

import rego.v1

import data.compliance.lib.adequacy
import data.compliance.lib.facts
import data.compliance.lib.regions

# METADATA
# title: Reader abroad
# description: |
#   The actor's country is known, outside the EEA and without a full adequacy decision in force (GDPR Art. 44, EDPB
#   Guidelines 05/2021).
abroad if {
	country := input.actor.country
	not regions.eea(country)
	not adequacy.full("eu", country)
}

# METADATA
# title: Reader of the group
# description: The actor's country is part of the tenant's intra-group arrangement.
within_group if {
	some member in facts.tenant.intra_group
	regions.country(member) == regions.country(input.actor.country)
}
