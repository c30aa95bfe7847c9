"""Regions: ISO 3166-1 alpha-2 codes, the providers' names of them, and the origin that replies must report.

Codes are of existing, inhabited countries, and of subdivisions with law of their own. Names are those that Azure, AWS
and Google Cloud published (2026), compared without blanks and hyphens. Names that then coincide (me-central-1 and
me-central1) are left out; the catalog may locate them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

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


_CODE = re.compile(r"[A-Z]{2}(-[A-Z]{2,3})?")
#: A provider's name for processing in no particular region.
GLOBAL = "global"
_NAMED = """
US us useast1 useast2 uswest1 uswest2 usgoveast1 usgovwest1
   eastus eastus2 centralus northcentralus southcentralus westus
   westus2 westus3 westcentralus usgovvirginia usgovarizona usgovtexas
   uscentral1 useast4 useast5 ussouth1 uswest3 uswest4
CA canadacentral canadaeast cacentral1 cawest1 northamericanortheast1 northamericanortheast2
MX mexicocentral mxcentral1 northamericasouth1
BR brazilsouth brazilsoutheast saeast1 southamericaeast1
CL chilecentral southamericawest1
IE northeurope euwest1
NL westeurope europewest4
BE europewest1 belgiumcentral
GB uksouth ukwest euwest2 europewest2
FR francecentral francesouth euwest3 europewest9
DE germanywestcentral germanynorth eucentral1 europewest3 europewest10
CH switzerlandnorth switzerlandwest eucentral2 europewest6
SE swedencentral swedensouth eunorth1 europenorth2
NO norwayeast norwaywest
FI europenorth1
DK denmarkeast
PL polandcentral europecentral2
IT italynorth eusouth1 europewest8 europewest12
ES spaincentral eusouth2 europesouthwest1
AT austriaeast
IL israelcentral ilcentral1 mewest1
AE uaenorth uaecentral
QA qatarcentral
SA mecentral2
BH mesouth1
ZA southafricanorth southafricawest afsouth1 africasouth1
IN centralindia southindia westindia jioindiawest jioindiacentral apsouth1 apsouth2 asiasouth1 asiasouth2
JP japaneast japanwest apnortheast1 apnortheast3 asianortheast1 asianortheast2
KR koreacentral koreasouth apnortheast2 asianortheast3
SG southeastasia apsoutheast1 asiasoutheast1
HK eastasia apeast1 asiaeast2
TW apeast2 asiaeast1
ID indonesiacentral apsoutheast3 asiasoutheast2
MY malaysiawest apsoutheast5
TH apsoutheast7
AU australiaeast australiasoutheast australiacentral australiacentral2 apsoutheast2 apsoutheast4 australiasoutheast1
   australiasoutheast2
NZ newzealandnorth apsoutheast6
CN chinaeast chinaeast2 chinaeast3 chinanorth chinanorth2 chinanorth3 cnnorth1 cnnorthwest1
"""


def _table() -> dict[str, str]:
    table: dict[str, str] = {}
    code = ""
    for word in _NAMED.split():
        if word.isupper():
            code = word
        else:
            table[word] = code
    return table


_CODES = _table()


def region_code(name: str) -> str:
    """Return the ISO 3166-1 code of a provider's region ("Sweden Central", "eu-west-1"), ``GLOBAL``, or ""."""
    key = "".join(character for character in name.lower() if character.isalnum())
    if key == GLOBAL:
        return GLOBAL
    code = name.strip().upper()
    return _CODES.get(key) or (code if _CODE.fullmatch(code) and exists(code) else "")


@dataclass(frozen=True, slots=True)
class ExpectedOrigin:
    """Pinned models by the target's own names, and its registered regions (None: any).

    ``header`` is the reply header that names a region; ``places`` maps the provider's region names to ISO 3166 codes.
    """

    models: Mapping[str, str] = field(default_factory=dict)
    regions: frozenset[str] | None = None
    anywhere: bool = False  # registered as a global deployment
    header: str = ""
    places: Mapping[str, str] = field(default_factory=dict)

    def misplaced(self, name: str) -> bool:
        """Whether a reply names a region that is not registered; unknown names pass."""
        code = self.places.get(name) or region_code(name)
        if not code or self.regions is None:
            return False
        return not self.anywhere if code == GLOBAL else not _within(code, self.regions)


def _within(code: str, registered: frozenset[str]) -> bool:
    """Whether a region is registered; a country matches its subdivisions and vice versa."""
    return covered(code, registered) or any(region.partition("-")[0] == code for region in registered)


NOTHING_EXPECTED = ExpectedOrigin()
