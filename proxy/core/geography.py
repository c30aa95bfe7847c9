"""Places at least as large as a US state, and ZIP prefixes with too few people to be disclosed."""

from __future__ import annotations

import re

#: Three-digit ZIP areas of at most 20,000 people (45 CFR 164.514(b)(2)(i)(B)): the 2000 and 2010 census lists united.
ZIP3_RESTRICTED = frozenset("036 059 063 102 203 205 369 556 692 790 821 823 830 831 878 879 884 890 893".split())

_STATES = {
    "AL": "Alabama", "AK": "Alaska", "AZ": "Arizona", "AR": "Arkansas", "CA": "California", "CO": "Colorado",
    "CT": "Connecticut", "DE": "Delaware", "FL": "Florida", "GA": "Georgia", "HI": "Hawaii", "ID": "Idaho",
    "IL": "Illinois", "IN": "Indiana", "IA": "Iowa", "KS": "Kansas", "KY": "Kentucky", "LA": "Louisiana",
    "ME": "Maine", "MD": "Maryland", "MA": "Massachusetts", "MI": "Michigan", "MN": "Minnesota",
    "MS": "Mississippi", "MO": "Missouri", "MT": "Montana", "NE": "Nebraska", "NV": "Nevada",
    "NH": "New Hampshire", "NJ": "New Jersey", "NM": "New Mexico", "NY": "New York", "NC": "North Carolina",
    "ND": "North Dakota", "OH": "Ohio", "OK": "Oklahoma", "OR": "Oregon", "PA": "Pennsylvania",
    "RI": "Rhode Island", "SC": "South Carolina", "SD": "South Dakota", "TN": "Tennessee", "TX": "Texas",
    "UT": "Utah", "VT": "Vermont", "VA": "Virginia", "WA": "Washington", "WV": "West Virginia",
    "WI": "Wisconsin", "WY": "Wyoming", "DC": "District of Columbia", "PR": "Puerto Rico", "GU": "Guam",
    "VI": "Virgin Islands", "AS": "American Samoa", "MP": "Northern Mariana Islands",
}  # fmt: skip

STATE_CODES = frozenset(_STATES)

_COUNTRIES = """
Afghanistan|Albania|Algeria|Andorra|Angola|Argentina|Armenia|Australia|Austria|Azerbaijan|Bahamas|Bahrain|Bangladesh|
Barbados|Belarus|Belgium|Belize|Benin|Bhutan|Bolivia|Bosnia and Herzegovina|Botswana|Brazil|Brunei|Bulgaria|
Burkina Faso|Burundi|Cambodia|Cameroon|Canada|Cape Verde|Chad|Chile|China|Colombia|Comoros|Congo|Costa Rica|Croatia|
Cuba|Cyprus|Czech Republic|Czechia|Denmark|Djibouti|Dominica|Dominican Republic|Ecuador|Egypt|El Salvador|England|
Eritrea|Estonia|Eswatini|Ethiopia|Fiji|Finland|France|Gabon|Gambia|Germany|Ghana|Great Britain|Greece|Grenada|
Guatemala|Guinea|Guyana|Haiti|Honduras|Hungary|Iceland|India|Indonesia|Iran|Iraq|Ireland|Israel|Italy|Ivory Coast|
Jamaica|Japan|Jordan|Kazakhstan|Kenya|Kosovo|Kuwait|Kyrgyzstan|Laos|Latvia|Lebanon|Lesotho|Liberia|Libya|
Liechtenstein|Lithuania|Luxembourg|Madagascar|Malawi|Malaysia|Maldives|Mali|Malta|Mauritania|Mauritius|Mexico|
Moldova|Monaco|Mongolia|Montenegro|Morocco|Mozambique|Myanmar|Namibia|Nepal|Netherlands|New Zealand|Nicaragua|Niger|
Nigeria|North Korea|North Macedonia|Northern Ireland|Norway|Oman|Pakistan|Palestine|Panama|Papua New Guinea|Paraguay|
Peru|Philippines|Poland|Portugal|Qatar|Romania|Russia|Rwanda|Samoa|San Marino|Saudi Arabia|Scotland|Senegal|Serbia|
Seychelles|Sierra Leone|Singapore|Slovakia|Slovenia|Somalia|South Africa|South Korea|South Sudan|Spain|Sri Lanka|
Sudan|Suriname|Sweden|Switzerland|Syria|Taiwan|Tajikistan|Tanzania|Thailand|Timor-Leste|Togo|Tonga|
Trinidad and Tobago|Tunisia|Turkey|Türkiye|Turkmenistan|Tuvalu|Uganda|Ukraine|United Arab Emirates|United Kingdom|UK|
U.K.|United States|United States of America|USA|U.S.A.|US|U.S.|Uruguay|Uzbekistan|Vanuatu|Vatican City|Venezuela|
Vietnam|Wales|Yemen|Zambia|Zimbabwe|Europe|European Union|EU|Asia|Africa|North America|South America|America|
Deutschland|Österreich|Schweiz|Frankreich|Italien|Spanien|España|Italia|Polska|Nederland|Brasil|Suisse|Allemagne
"""

_LARGE = frozenset(
    name.strip().lower() for name in (*_STATES.values(), *_COUNTRIES.replace("\n", "").split("|")) if name.strip()
)
#: "Washington" alone, "New York, NY" and "Georgia" may be a city or a country; only the city readings are smaller.
_ALSO_CITIES = frozenset({"new york", "washington"})

STATE_PATTERN = "|".join([*sorted(STATE_CODES), *sorted(_STATES.values(), key=len, reverse=True)])
_TOKEN = re.compile(r"[^,;/()\n]+")


def is_state_or_larger(name: str) -> bool:
    """Whether a place name is a US state, a country or larger, written as a code (upper case) or in full."""
    name = name.strip()
    return name in STATE_CODES or name.lower() in _LARGE


def coarse(name: str) -> str:
    """Return the parts of a place ("Springfield, Hampden County, MA, USA") that are a state or larger, or ""."""
    parts = [part.strip() for part in _TOKEN.findall(name)]
    large = [part for part in parts if is_state_or_larger(part)]
    if len(parts) > 1 and large and parts[0] == large[0] and parts[0].lower() in _ALSO_CITIES:
        large = large[1:]
    return ", ".join(large)


def zip3(code: str) -> str:
    """Return the first three digits of a US ZIP code, "000" for sparsely populated areas, "" for no ZIP code."""
    match = re.fullmatch(r"\s*(\d{3})\d{2}(?:[-\s]?\d{4})?\s*", code)
    if match is None:
        return ""
    return "000" if match[1] in ZIP3_RESTRICTED else match[1]
