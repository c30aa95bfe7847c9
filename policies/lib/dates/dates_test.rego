package compliance.lib.dates_test

import rego.v1

import data.compliance.lib.dates

noon := {"time": "2026-06-15T12:00:00Z"}

days := {
	"2026-06-14": {"begun": true, "not_over": false},
	"2026-06-15": {"begun": true, "not_over": true},
	"2026-06-16": {"begun": false, "not_over": true},
	"2026-06-14T23:00:00Z": {"begun": true, "not_over": false},
	"2024-02-29": {"begun": true, "not_over": false},
	"2025-02-29": {"begun": false, "not_over": false},
	"2026-04-31": {"begun": false, "not_over": false},
	"2027-02-28": {"begun": false, "not_over": true},
	"2027-13-01": {"begun": false, "not_over": false},
	"soon": {"begun": false, "not_over": false},
	"": {"begun": false, "not_over": false},
}

over(day) if dates.not_over(day) with input as noon

begun(day) if dates.begun(day) with input as noon

test_begun if {
	{day | some day, expected in days; expected.begun} == {day | some day, _ in days; begun(day)}
}

test_not_over if {
	{day | some day, expected in days; expected.not_over} == {day | some day, _ in days; over(day)}
}

test_null_is_no_day if {
	not dates.begun(null) with input as noon
	not dates.not_over(null) with input as noon
}

test_day_is_utc if dates.today == "2026-06-16" with input as {"time": "2026-06-15T23:30:00-05:00"}

test_day_of_an_early_zone if dates.today == "2026-06-14" with input as {"time": "2026-06-15T01:30:00.25+02:00"}

test_odd_times_are_undefined if {
	odd := ["2026-06-15", "2026-02-30T00:00:00Z", "2026-06-15T24:00:00Z", "2026-06-15T12:00:00", "2026-06-15 12:00:00Z", "now", 5, null]
	every time in odd {
		not dates.now_ns with input as {"time": time}
	}
}

test_instant if dates.now_ns == 1781524800000000000 with input as noon

test_days_ago if {
	dates.days_ago(30) == "2026-05-16" with input as noon
	dates.days_ago(0) == "2026-06-15" with input as noon
	dates.days_ago(1) == "2026-06-14" with input as {"time": "2026-06-15T00:00:00Z"}
	dates.days_ago(1) == "2026-06-14" with input as {"time": "2026-06-15T23:59:59Z"}
}
