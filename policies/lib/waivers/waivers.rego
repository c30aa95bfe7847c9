# METADATA
# title: Waivers
# description: |
#   Registered exceptions and break-glass. They lift the organisation's own rules and never the law.
# related_resources:
#   - ref: https://www.ecfr.gov/current/title-45/section-164.312
#     description: 45 CFR 164.312(a)(2)(ii) emergency access
package compliance.lib.waivers

import rego.v1

import data.compliance.lib.codes
import data.compliance.lib.dates
import data.compliance.lib.denials
import data.compliance.lib.overlay

# METADATA
# title: Waivable codes
# description: The library's three and those of the overlay's own codes that it declares.
waivable := codes.waivable | overlay.waivable

liftable contains [denial.target, denial.code] if {
	some denial in denials.found
	denial.code in waivable
}

# METADATA
# title: Waived
# description: |
#   Target and code to what lifts it - the id of an exception, or break_glass where there is no exception.
waived[id][code] := by if {
	some [id, code] in liftable
	by := waiver(id, code)
}

waiver(id, code) := by if by := min(exception_ids(id, code))

else := "break_glass" if break_glass

exception_ids(id, code) := {exception.id |
	some exception in exceptions
	exception.target == id
	code in exception.waives
}

# METADATA
# title: Exceptions in force
# description: Registered for this tenant and activity, unexpired, and approved by two different people.
exceptions contains exception if {
	liftable != set()
	some exception in data.exceptions
	exception.tenant == input.tenant.id
	exception.activity == input.activity.id
	is_string(exception.id)
	dates.not_over(exception.expires)
	count({approver | some approver in exception.approved_by; is_string(approver)}) >= 2
	begun(exception)
}

begun(exception) if not exception.created

begun(exception) if dates.begun(exception.created)

default max_hours := 4

max_hours := data.config.break_glass_max_hours if is_number(data.config.break_glass_max_hours)

# METADATA
# title: Complete break-glass
# description: An eligible role, fresh MFA, a second person, a ticket, and an end that lies ahead but not far.
break_glass if {
	grant := input.break_glass
	grant.role_ok == true
	grant.mfa == true
	given(grant.approver)
	grant.approver != input.actor.id
	given(grant.ticket)
	left := dates.instant(grant.expires_at) - dates.now_ns
	left > 0
	left <= ((max_hours * 3600) * 1000000000)
}

given(text) if {
	is_string(text)
	trim_space(text) != ""
}

# METADATA
# title: Opened by break-glass
# description: Targets for which break-glass lifted a rule.
opened := {id |
	some id, lifted in waived
	some "break_glass" in lifted
}

# METADATA
# title: Overrides for the record
# description: The exceptions and the break-glass grant that lifted something, and what they lifted.
default overrides := {"exceptions": []}

overrides := object.union({"exceptions": used_exceptions}, used_grant) if waived != {}

used_exceptions := [{"id": exception.id, "expires": exception.expires, "waived": codes_lifted} |
	some exception in exceptions
	codes_lifted := lifted_by(exception.id)
	codes_lifted != []
]

lifted_by(by) := sort({code | some _, lifted in waived; some code, waiver_id in lifted; waiver_id == by})

used_grant := {"break_glass": {
	"ticket": input.break_glass.ticket,
	"approver": input.break_glass.approver,
	"expires_at": input.break_glass.expires_at,
	"waived": lifted_by("break_glass"),
}} if {
	opened != set()
}

else := {}
