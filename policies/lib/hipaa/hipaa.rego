# METADATA
# title: Disclosures under HIPAA
# description: |
#   Which of the tests for a third party applies to protected health information. They form a ladder: limited data
#   set, else
#   psychotherapy notes, else Part 2, else the business associate agreement.
package compliance.lib.hipaa

import rego.v1

import data.compliance.lib.evidence
import data.compliance.lib.facts

# METADATA
# title: Limited data set
# description: Disclosed for research as a limited data set (45 CFR 164.514(e)).
limited_data_set if {
	facts.phi
	facts.activity.hipaa_basis == "research_lds"
}

ordinary if {
	facts.phi
	not limited_data_set
}

# METADATA
# title: Psychotherapy notes
# description: The activity handles psychotherapy notes (45 CFR 164.508(a)(2)).
psychotherapy_notes if {
	ordinary
	raised("psychotherapy_notes")
}

# METADATA
# title: Part 2 record without consent
# description: A substance use record, and no consent on record (42 CFR 2.31).
part2_unconsented if {
	ordinary
	not psychotherapy_notes
	raised("part2")
	not facts.activity.part2_consent == true
}

# METADATA
# title: Part 2 record
# description: The redisclosure notice of 42 CFR 2.32 goes with it.
part2 if {
	facts.phi
	raised("part2")
}

# METADATA
# title: Agreement needed
# description: The disclosure stands or falls with the business associate agreement.
agreement_needed if {
	ordinary
	not psychotherapy_notes
	not part2_unconsented
}

# METADATA
# title: De-identified without an agreement
# description: The tenant opted into Safe Harbor de-identification and all content was read (45 CFR 164.514(b)(2)).
deidentified_without_agreement if {
	facts.tenant.deid_without_baa == true
	not facts.unreadable
}

# METADATA
# title: Business associate
# description: The agreement is signed and in force.
associate(id) if evidence.signed(id, "baa")

raised(flag) if facts.activity[flag] != false

# METADATA
# title: Accounted disclosure
# description: |
#   Health information whose disclosure the patient's account must name: the activity declares none of the permissions that
#   45 CFR 164.528(a)(1) leaves out.
accounted if {
	facts.phi
	not unaccounted
}

unaccounted if facts.activity.hipaa_basis in {
	"treatment", "payment", "operations", # (i)
	"individual", # (ii)
	"incidental", # (iii)
	"authorization", # (iv)
	"facility_directory", "involved_in_care", # (v)
	"national_security", # (vi)
	"custody", # (vii)
	"research_lds", # (viii)
}
