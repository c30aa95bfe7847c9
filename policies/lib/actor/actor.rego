# METADATA
# title: Actor
# description: The person who reads the reply, where that is known.
package compliance.lib.actor

import rego.v1

import data.compliance.lib.adequacy
import data.compliance.lib.evidence
import data.compliance.lib.facts
import data.compliance.lib.regimes
import data.compliance.lib.regions

# METADATA
# title: Reader abroad
# description: |
#   The actor's country is known, outside the home of a regime that counts reading as a transfer, and without a full adequacy
#   decision in force (GDPR Art. 44, EDPB Guidelines 05/2021).
abroad(id) if {
	"reader" in data.regimes[id].gates
	not regimes.at_home(id, input.actor.country)
	not listed(id)
}

listed(id) if {
	some step in data.regimes[id].ladder
	adequacy.full(step.list, input.actor.country)
}

# METADATA
# title: Reader of the group
# description: |
#   The actor's country is part of the tenant's intra-group arrangement, and binding corporate rules of the tenant are in force
#   for it (GDPR Art. 47).
within_group if {
	some member in facts.tenant.intra_group
	regions.country(member) == regions.country(input.actor.country)
	some rules in facts.instruments
	rules.kind == "bcr"
	evidence.holds(rules)
	regions.country(member) in rules.places
}
