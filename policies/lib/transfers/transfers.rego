# METADATA
# title: Transfers
# description: Every border crossing that stands on a mechanism, collected from the transfer rules.
package compliance.lib.transfers

import rego.v1

import data.compliance.lib.facts
import data.compliance.lib.regimes

# METADATA
# title: Rules that apply
# description: The transfer rules of the regimes that apply, by the name of their package.
applying := {packages[regime] | some regime in facts.regimes} | general

general := {"regime"} if {
	some regime in facts.regimes
	data.regimes[regime]
}

else := {"regime"} if {
	facts.personal
	regimes.unknown_origins != set()
}

else := set()

packages := {
	"GDPR": "gdpr", "UK": "uk", "CH": "ch", "LGPD": "lgpd", "QC": "qc", "PIPL": "pipl",
	"RU": "localisation", "KSA": "localisation",
}

all := {found |
	some name in applying
	some found in data.compliance.rules.transfer[name].transfers
}

# METADATA
# title: Transfers per target
# description: Sorted, without the target's own name.
by_target := {id: [object.remove(found, ["target"]) | some found in all; found.target == id] |
	some example in all
	id := example.target
}
