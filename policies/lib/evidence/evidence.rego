# METADATA
# title: Evidence
# description: |
#   Effective-dated contracts and attestations of a target: {ref, status, signed_on, expires, ...}. Evidence never
#   passes
#   by what it lacks: a null, a foreign type or an unknown status is missing evidence.
package compliance.lib.evidence

import rego.v1

import data.compliance.lib.dates

# METADATA
# title: Signed and in force
# description: |
#   The target's contract of a kind has status signed, was signed by today where a date is given, and has not
#   expired.
signed(target, kind) if {
	record := target[kind]
	record.status == "signed"
	started(record)
	unexpired(record)
}

# METADATA
# title: Started
# description: No signing date is recorded, or it is not in the future.
started(record) if object.get(record, "signed_on", "absent") == "absent"

started(record) if dates.begun(record.signed_on)

# METADATA
# title: Unexpired
# description: No end is recorded, or the last day has not passed.
unexpired(record) if object.get(record, "expires", "absent") == "absent"

unexpired(record) if dates.not_over(record.expires)

# METADATA
# title: Reference of a record
# description: The recorded reference, or a derived one that names target and kind.
ref(id, target, kind) := target[kind].ref if is_string(target[kind].ref)

else := concat(":", ["ev", id, kind])
