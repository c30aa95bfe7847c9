# METADATA
# title: Regions
# description: Pure functions over ISO 3166 codes; the lists themselves are data (data.regions).
package compliance.lib.regions

import rego.v1

# METADATA
# title: Country of a code
# description: |
#   The ISO 3166-1 code of a country or subdivision; a subdivision with an own country code is mapped to that code
#   (data.regions.SUBDIVISIONS.territories, for example FR-NC is NC).
# custom:
#   args: [country]
#   returns: country
country(code) := own if own := data.regions.SUBDIVISIONS.territories[code]

else := substring(code, 0, 2) if is_string(code)

# METADATA
# title: Within the European Economic Area
# description: An EEA state, or an EU territory with an own ISO code.
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/art_3/oj
#     description: GDPR Art. 3; EEA Agreement; TFEU Art. 349, 355
# custom:
#   args: [country]
eea(code) if country(code) in data.regions.EEA.members

eea(code) if is_string(data.regions.EEA.territories[country(code)])

# METADATA
# title: Within the United States
# description: A state or a territory (45 CFR 160.103, Puerto Rico for example).
# custom:
#   args: [country]
american(code) if country(code) == "US"

american(code) if country(code) in {"AS", "GU", "MP", "PR", "VI"}
