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

else := clauses(law, id, facts.registered[id]) if adequacy.fresh

adequate(law, id, entry) := {
	"mechanism": law.adequacy,
	"instrument": "DPF",
	"evidence": [evidence.ref(id, facts.registered[id], "dpf")],
} if {
	entry.scope == "dpf_certified"
}

else := {
	"mechanism": law.adequacy,
	"instrument": object.get(entry, "decision", "adequacy decision"),
	"evidence": [concat(":", ["adequacy", law.list, object.get(entry, "code", object.get(entry, "org", ""))])],
}

clauses(law, id, target) := {
	"mechanism": law.safeguard,
	"instrument": object.get(target[law.contract], "decision", law.contract),
	"evidence": [evidence.ref(id, target, law.contract), evidence.ref(id, target, "tia")],
} if {
	evidence.signed(target, law.contract)
	assessed(target)
}

# METADATA
# title: Assessed
# description: A transfer impact assessment passed, with or without measures, and has not run out (CJEU C-311/18).
assessed(target) if {
	passed(target)
	current(target.tia)
}

passed(target) if target.tia.result in {"pass", "pass_with_measures"}

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
	assessment_gaps(law, facts.registered[id]),
	derogation,
	failure(law, id),
})

default staleness := set()

staleness := {"REGISTRY_STALE"} if adequacy.stale

failure(law, id) := {"TRANSFER_NO_BASIS"} if facts.third_party[id]

else := {"RESIDENCY_VIOLATION"} if law.list == "eu"

else := {"RESIDENCY_VIOLATION", "TRANSFER_NO_BASIS"}

default derogation := set()

derogation := {"ART49_NOT_SYSTEMATIC"} if is_string(facts.activity.art49)

assessment_gaps(law, target) := set() if not evidence.signed(target, law.contract)

else := {"TIA_MISSING"} if not passed(target)

else := {"TIA_EXPIRED"} if not current(target.tia)

else := set()
