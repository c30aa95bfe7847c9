# METADATA
# title: Legal basis
# description: What the record of processing says about why the content may be processed at all.
package compliance.lib.basis

import rego.v1

import data.compliance.lib.facts

# METADATA
# title: Named in the record of processing
# description: The field of the activity holds something other than a way to write nothing.
named(field) if {
	value := facts.activity[field]
	is_string(value)
	not lower(trim_space(value)) in {"", "-", "n/a", "na", "none", "unknown"}
}

recorded if named("legal_basis")

# METADATA
# title: Basis is consent
# description: |
#   Consent of Art. 6(1)(a) GDPR, Art. 7(I) LGPD or Art. 13(1) PIPL, or explicit consent as the condition for special categories.
consent if {
	is_string(facts.activity.legal_basis)
	strings.any_suffix_match(facts.activity.legal_basis, ["A6-1-a", "A7-I", "A13-1-1"])
}

consent if {
	facts.special
	is_string(facts.activity.art9)
	endswith(facts.activity.art9, "A9-2-a")
}
