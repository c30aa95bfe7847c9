# METADATA
# title: Operators
# description: |
#   Which entity types are transformed how, and for which candidates: worked out once per request, for all targets.
package compliance.lib.operators

import rego.v1

import data.compliance.lib.entities
import data.compliance.lib.facts
import data.compliance.lib.hipaa

# METADATA
# title: Candidates by operator
# description: The registered candidates; those of third parties; those self-hosted.
all := facts.known

self_hosted := all - facts.third_parties

# METADATA
# title: De-identified candidates
# description: |
#   Third parties that get protected health information only under a de-identification profile: a limited data set for
#   research, Safe Harbor where there is no agreement.
deidentified["hipaa_limited_data_set"] := facts.third_parties if hipaa.limited_data_set

deidentified["hipaa_safe_harbor"] := {id |
	some id in facts.third_parties
	not hipaa.associate(id)
} if {
	facts.phi
	not hipaa.limited_data_set
}

# METADATA
# title: Ordinary disclosures
# description: Third parties that get personal content under the ordinary operators.
ordinary := set() if not facts.personal

else := facts.third_parties if not facts.phi

else := facts.third_parties - under_profile

under_profile := union({ids | some ids in deidentified})

# METADATA
# title: Stripped candidates
# description: Third parties for whom secrets are removed apart from the ordinary operators.
stripped := facts.third_parties if not facts.personal

else := set() if not facts.phi

else := under_profile

# METADATA
# title: Pseudonymised types
# description: Direct identifiers that the activity does not need, and dates that move.
pseudonymized := ({type | some type, "direct" in entities.kinds} | dated) - necessary

# METADATA
# title: Wanted surrogates
# description: |
#   What activity and caller say that removed values become: tokens, date_shift (tokens, and dates that moved) or realistic
#   (names and numbers that look real, and dates that moved). An unknown word of the caller is the strictest.
wanted contains "tokens" if {
	facts.activity.surrogates == "tokens"
	not facts.activity.date_shift == true
}

wanted contains "tokens" if {
	facts.activity.date_shift == false
	not facts.activity.surrogates == "realistic"
}

wanted contains "date_shift" if {
	facts.activity.date_shift == true
	not facts.activity.surrogates == "realistic"
}

wanted contains "realistic" if facts.activity.surrogates == "realistic"

wanted contains asked if asked := input.ext.surrogates

# METADATA
# title: Tokens
# description: Whether activity or caller insist on tokens; then nothing that looks like a value stands for one.
tokens if {
	some word in wanted
	not word in {"date_shift", "realistic"}
}

# METADATA
# title: Covered dates
# description: Types of dates that are replaced because activity or caller want dates moved.
default dated := set()

dated := {type | some type in {"DATE", "DATE_OF_BIRTH"}; entities.kinds[type]} - necessary if {
	wanted & {"date_shift", "realistic"} != set()
}

# METADATA
# title: Moved dates
# description: Those that move by the days of their subject. The others become tokens.
default shifted := set()

shifted := dated if not tokens

# METADATA
# title: Method of pseudonyms
# description: The method by which direct identifiers become pseudonyms, the strictest that is wanted.
default method := "surrogate_keyed"

method := "surrogate_realistic" if wanted == {"realistic"}

necessary := {type | some type in facts.activity.necessary_entities}

# METADATA
# title: Removed types
# description: Official, financial and authentication data, and whatever has an unknown kind.
redacted := {type |
	some type, kind in entities.kinds
	not kind in {"direct", "pan", "quasi", "attr"}
}

masked := {type | some type, "pan" in entities.kinds}

# METADATA
# title: Way back of removed values
# description: |
#   The reply to this very exchange gets them back, unless tenant or activity says restore_removed false. The enforcement
#   point never gives authentication data of cards back.
way_back := {} if facts.activity.restore_removed == false

else := {} if facts.tenant.restore_removed == false

else := {"params": {"restore": "exchange"}}

secrets := {type | some type, kind in entities.kinds; kind in {"sad", "secret"}}

authentication := {type | some type, "sad" in entities.kinds}

identifying := {type |
	some type, kind in entities.kinds
	not kind in {"attr", "sad", "secret"}
}

# METADATA
# title: Transformed candidates
# description: Third parties for whom at least one operator changes the content.
transformed := changed_ordinary | changed_stripped

changed_ordinary := set() if (pseudonymized | redacted) | masked == set()

else := ordinary

changed_stripped := stripped if secrets != set()

else := set() if not facts.phi

else := under_profile
