"""Countries of the providers' region names: Azure, AWS, Google Cloud as published (2026).

Names are compared without blanks and hyphens. Names that then coincide (me-central-1 and me-central1) are left out; the
catalog may locate them.
"""

from __future__ import annotations

import re

from proxy.core.targets import regions

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


def place(name: str) -> str:
    """Return the ISO 3166-1 code of a provider's region ("Sweden Central", "eu-west-1"), ``GLOBAL``, or ""."""
    key = "".join(character for character in name.lower() if character.isalnum())
    if key == GLOBAL:
        return GLOBAL
    code = name.strip().upper()
    return _CODES.get(key) or (code if _CODE.fullmatch(code) and regions.exists(code) else "")
