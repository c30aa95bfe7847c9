# METADATA
# title: Retention of records
# description: |
#   The largest of the minimum periods that apply, in days. Data can lengthen a period, never shorten it.
# related_resources:
#   - ref: https://www.ecfr.gov/current/title-45/section-164.316
#     description: 45 CFR 164.316(b)(2); AI Act Art. 19, 26(6)
package compliance.lib.retention

import rego.v1

import data.compliance.lib.facts

min_days := max(minima)

minima contains 400

minima contains 2190 if facts.hipaa_tenant

minima contains 183 if high_risk

minima contains data.retention.default_min_days if is_number(data.retention.default_min_days)

minima contains data.retention.hipaa_min_days if {
	facts.hipaa_tenant
	is_number(data.retention.hipaa_min_days)
}

minima contains data.retention.ai_act_high_min_days if {
	high_risk
	is_number(data.retention.ai_act_high_min_days)
}

# METADATA
# title: High-risk use
# description: The activity is high-risk under the AI Act, as registered or as declared.
high_risk if {
	some source in [facts.activity, input.activity]
	source.ai_act == "high"
}
