# METADATA
# title: Dates
# description: |
#   All time comes from input.time. Days are UTC calendar days written YYYY-MM-DD; evidence holds through its last
#   day.
package compliance.lib.dates

import rego.v1

day_start := `^([0-9]{4}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))|[0-9]{2}(0[48]|[2468][048]|[13579][26])-02-29)`

clock_time := `^.{10}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$`

# METADATA
# title: Instant
# description: Nanoseconds since the epoch; undefined for anything that is not RFC 3339.
instant(text) := time.parse_rfc3339_ns(text) if {
	is_string(text)
	regex.match(day_start, text)
	regex.match(clock_time, text)
}

# METADATA
# title: Instant of the request
# description: All rules read the time of the request from here.
now_ns := instant(input.time)

# METADATA
# title: Day of the request
# description: The UTC calendar day of input.time.
today := time.format([now_ns, "UTC", "2006-01-02"])

# METADATA
# title: Day is today or later
# description: True while something that ends on the given day still holds. Anything that is not a day has ended.
# custom:
#   args: [day]
not_over(day) if calendar_day(day) >= today

# METADATA
# title: Day is today or earlier
# description: True once something that begins on the given day holds. Anything that is not a day has not begun.
# custom:
#   args: [day]
begun(day) if calendar_day(day) <= today

# METADATA
# title: Calendar day
# description: The day at the start of a date or of an instant; undefined for anything else.
calendar_day(text) := substring(text, 0, 10) if {
	is_string(text)
	regex.match(day_start, text)
}

# METADATA
# title: Earlier day
# description: The UTC calendar day a number of days before the request.
days_ago(days) := time.format([now_ns - (days * 86400000000000), "UTC", "2006-01-02"])

# METADATA
# title: Past
# description: A record states a last day under a key, and it is over.
past(record, key) if {
	day := record[key]
	not not_over(day)
}
