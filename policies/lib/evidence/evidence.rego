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
#   The target's contract of a kind has status signed, was signed by today where a date is given, has not expired, and the
#   tenant of the request is party to it.
signed(id, kind) if {
	holds(data.targets[id][kind])
	party(id, kind)
}

# METADATA
# title: Party
# description: |
#   A contract or assessment is between a tenant and a provider. It counts for the tenants it names (tenants: [...]). One that
#   names nobody counts for the only tenant of a registry; with more tenants it counts only where the kind need not name its
#   parties (data.config.named_contracts lists the kinds that must).
party(id, kind) if input.tenant.id in data.targets[id][kind].tenants

party(id, kind) if {
	record := data.targets[id][kind]
	is_object(record)
	object.get(record, "tenants", "unnamed") == "unnamed"
	not to_be_named(kind)
}

to_be_named(kind) if {
	kind in data.config.named_contracts
	count(data.tenants) != 1
}

# METADATA
# title: A record that holds
# description: The same of the record itself.
holds(record) if {
	record.status == "signed"
	not late(record)
	not over(record)
}

# METADATA
# title: Started
# description: No signing date is recorded, or it is not in the future.
started(record) if {
	is_object(record)
	not late(record)
}

late(record) if {
	day := record.signed_on
	not dates.begun(day)
}

# METADATA
# title: Unexpired
# description: No end is recorded, or the last day has not passed.
unexpired(record) if {
	is_object(record)
	not over(record)
}

over(record) if {
	day := record.expires
	not dates.not_over(day)
}

# METADATA
# title: Reference of a record
# description: The reference recorded for a target's record of a kind, or a derived one that names both.
ref(id, kind) := data.targets[id][kind].ref if is_string(data.targets[id][kind].ref)

else := concat(":", ["ev", id, kind])
