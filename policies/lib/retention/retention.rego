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

minima := ({400} | configured("default_min_days")) | (under_hipaa | under_ai_act)

under_hipaa := {2190} | configured("hipaa_min_days") if facts.hipaa_tenant

else := set()

under_ai_act := {183} | configured("ai_act_high_min_days") if high_risk

else := set()

configured(name) := {data.retention[name]} if is_number(data.retention[name])

else := set()

# METADATA
# title: High-risk use
# description: The activity is high-risk under the AI Act, as registered or as declared.
high_risk if facts.activity.ai_act == "high"

high_risk if input.activity.ai_act == "high"
