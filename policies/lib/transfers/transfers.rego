# METADATA
# title: Transfers
# description: Every border crossing that stands on a mechanism, collected from the transfer rules.
package compliance.lib.transfers

import rego.v1

import data.compliance.lib.facts

all := {found |
	facts.personal
	some name
	some found in data.compliance.rules.transfer[name].transfers
}

# METADATA
# title: Transfers per target
# description: Sorted, without the target's own name.
by_target[found.target] contains object.remove(found, ["target"]) if some found in all
