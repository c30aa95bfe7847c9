"""Existing, inhabited region codes: ISO 3166-1 alpha-2, and subdivisions with law of their own."""

from __future__ import annotations

from collections.abc import Iterable

from proxy.core.geography import STATE_CODES

#: Every region, in the regions that a key may declare.
ANY = "*"
#: ISO 3166-1 alpha-2 as of 2026 without uninhabited territories: AQ, BV, GS, HM, TF, UM.
COUNTRIES = frozenset(
    """
    AD AE AF AG AI AL AM AO AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BW BY BZ CA CC CD
    CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD
    GE GF GG GH GI GL GM GN GP GQ GR GT GU GW GY HK HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI
    KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW
    MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB
    SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG US UY
    UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
    """.split()
)
#: Subdivisions of countries whose parts have law of their own.
_SUBDIVISIONS = {
    "US": STATE_CODES,
    "CA": frozenset("AB BC MB NB NL NS NT NU ON PE QC SK YT".split()),
    "GB": frozenset("EAW ENG GBN NIR SCT UKM WLS".split()),
}


def exists(code: str) -> bool:
    """Whether a code ("DE", "US-CA") names an inhabited place; subdivisions of other countries are not checked."""
    country, _, part = code.partition("-")
    return country in COUNTRIES and (not part or part in _SUBDIVISIONS.get(country, (part,)))


def covered(code: str, bounds: Iterable[str]) -> bool:
    """Whether ``bounds`` allow the code: they name it, its country, or every region ("*")."""
    return not {ANY, code, code.partition("-")[0]}.isdisjoint(bounds)
