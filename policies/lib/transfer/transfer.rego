# METADATA
# title: Transfer test
# description: |
#   The ladder shared by GDPR, UK GDPR and the Swiss FADP: an adequacy decision that covers the recipient, else
#   signed clauses
#   with a passed, unexpired transfer impact assessment. A law says which list, which contract and which IRIs:
#   {list, contract, adequacy, safeguard}.
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/art_44/oj
#     description: GDPR Art. 44-49; CJEU C-311/18
package compliance.lib.transfer

import rego.v1

import data.compliance.lib.adequacy
import data.compliance.lib.evidence
import data.compliance.lib.facts

# METADATA
# title: Basis of a transfer
# description: |
#   {mechanism, instrument, evidence} for one target and place, or undefined. Stale legal data carries nothing
#   across a border.
basis(law, id, place) := adequate(law, id, adequacy.covering(law.list, id, place)) if adequacy.fresh

else := clauses(law, id) if adequacy.fresh

adequate(law, id, entry) := {
	"mechanism": law.adequacy,
	"instrument": "DPF",
	"evidence": [evidence.ref(id, "dpf")],
} if {
	entry.scope == "dpf_certified"
}

else := {
	"mechanism": law.adequacy,
	"instrument": object.get(entry, "decision", "adequacy decision"),
	"evidence": [concat(":", ["adequacy", law.list, object.get(entry, "code", object.get(entry, "org", ""))])],
}

clauses(law, id) := {
	"mechanism": law.safeguard,
	"instrument": object.get(contract, "decision", law.contract),
	"evidence": [evidence.ref(id, law.contract), evidence.ref(id, "tia")],
} if {
	contract := data.targets[id][law.contract]
	evidence.signed(id, law.contract)
	assessed(id)
}

# METADATA
# title: Assessed
# description: A transfer impact assessment passed, with or without measures, and has not run out (CJEU C-311/18).
assessed(id) if {
	passed(data.targets[id].tia)
	current(data.targets[id].tia)
	evidence.party(id, "tia")
}

passed(tia) if tia.result in {"pass", "pass_with_measures"}

current(tia) if {
	object.get(tia, "status", "signed") in {"signed", "active"}
	evidence.started(tia)
	evidence.unexpired(tia)
}

# METADATA
# title: Why nothing carries the transfer
# description: The denial codes of a target and place for which there is no basis.
codes(law, id, place) := union({
	staleness,
	adequacy.gaps(law.list, id, place),
	assessment_gaps(law, id),
	derogation,
	failure(law, id),
})

default staleness := set()

staleness := {"REGISTRY_STALE"} if adequacy.stale

failure(law, id) := {"TRANSFER_NO_BASIS"} if id in facts.third_parties

else := {"RESIDENCY_VIOLATION"} if law.list == "eu"

else := {"RESIDENCY_VIOLATION", "TRANSFER_NO_BASIS"}

default derogation := set()

derogation := {"ART49_NOT_SYSTEMATIC"} if is_string(facts.activity.art49)

assessment_gaps(law, id) := set() if not evidence.signed(id, law.contract)

else := {"TIA_EXPIRED"} if lapsed(id)

else := set() if assessed(id)

else := {"TIA_MISSING"}

lapsed(id) if {
	passed(data.targets[id].tia)
	not current(data.targets[id].tia)
	evidence.party(id, "tia")
}
