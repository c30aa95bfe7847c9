"""The closed vocabularies of evidence: what a word of the registry or the legal data may be.

Free text never decides: "UK" would have no regime, "consent" no withdrawal, "TBD" would count as a legal basis.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from typing import Annotated, Final

from pydantic import AfterValidator

#: ISO 3166-1 alpha-2, and XK for Kosovo, which the standard leaves to its users.
COUNTRIES: Final = frozenset(
    """AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA
    CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB
    GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG
    KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV
    MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB
    SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US
    UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW""".split()
)
#: What people write for a country, and its code.
_MEANT: Final = {"UK": "GB", "EL": "GR", "EN": "GB", "SU": "RU", "YU": "RS", "TP": "TL", "AN": "CW, SX or BQ"}
_GROUPS: Final = frozenset({"EU", "EEA", "EFTA", "UN", "AP"})
_REGION: Final = re.compile(r"([A-Z]{2})(-[A-Z0-9]{1,3})?")
#: Subdivisions that a rule of law names are checked; of other countries only their form is.
_SUBDIVISIONS: Final = {
    "US": frozenset(
        """AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK
        OR PA RI SC SD TN TX UT VT VA WA WV WI WY DC AS GU MP PR UM VI""".split()
    ),
    "CA": frozenset("AB BC MB NB NL NS NT NU ON PE QC SK YT".split()),
}
_PREFIX: Final = r"(?:[a-z]{2}-gdpr:|lgpd:|pipl:)?"
_BASIS: Final = re.compile(rf"{_PREFIX}(?:A6-1-[a-f]|A7-(?:I|II|III|IV|V|VI|VII|VIII|IX|X)|A13-1-[1-7])")
_ARTICLE_9: Final = re.compile(rf"{_PREFIX}(?:A9-2-[a-j]|A11-(?:I|II-[a-g])|A29-1)")
_ARTICLE_49: Final = re.compile(rf"{_PREFIX}A49-(?:1-[a-g]|1-2)")
_ARTICLE_10: Final = re.compile(r"official_authority|(?:union|national)_law:[A-Z]{2}")
#: Ways to say that there is no basis, where no law asks for one.
_NONE: Final = frozenset({"n/a", "none"})


def country(value: str) -> str:
    """Return a country's code.

    Raises:
        ValueError: it is not in ISO 3166-1; the message names what was probably meant.

    """
    if value in COUNTRIES:
        return value
    raise ValueError(f"'{value}' is not a country of ISO 3166-1 (two letters){_remedy(value)}")


def country_or_part(value: str) -> str:
    """Return the code of a country or of a part of one (ISO 3166-2).

    Raises:
        ValueError: it is neither.

    """
    match = _REGION.fullmatch(value)
    if match is None or match[1] not in COUNTRIES:
        code = match[1] if match else value
        raise ValueError(f"'{value}' is not a country or part of one (ISO 3166: DE, US, CA-QC){_remedy(code)}")
    parts = _SUBDIVISIONS.get(match[1])
    if match[2] and parts is not None and match[2][1:] not in parts:
        raise ValueError(f"'{value}' is not a part of {match[1]} in ISO 3166-2")
    return value


def _remedy(code: str) -> str:
    if code in _GROUPS:
        return ": list its member states"
    return f": write {_MEANT[code]}" if code in _MEANT else ""


def _matching(pattern: re.Pattern[str], what: str, examples: str) -> AfterValidator:
    def check(value: str) -> str:
        if pattern.fullmatch(value) is None and value not in _NONE:
            raise ValueError(f"'{value}' is not {what}; write {examples}")
        return value

    return AfterValidator(check)


def day(value: str) -> str:
    """Return a day or time of ISO 8601.

    Raises:
        ValueError: it is neither.

    """
    dt.datetime.fromisoformat(value)
    return value


#: What stands where somebody is still to be named.
_NOBODY: Final = frozenset({"", "tbd", "tbc", "todo", "na", "none", "nobody", "unknown", "pending"})
_ADDRESS: Final = re.compile(r"<([^<>\s]+@[^<>\s]+)>")


def persons(value: list[str]) -> list[str]:
    """Return the names of different people, however they are spelt: "anna@x.org" is "Anna <anna@x.org>".

    Raises:
        ValueError: two of them are one, or one is nobody, or is written in letters of several alphabets.

    """
    for name in value:
        _legible(name)
    people = {_person(name) for name in value} - _NOBODY
    if len(people) < len(value):
        raise ValueError("the same person, or nobody, twice; two people must approve")
    return value


def person(value: str) -> str:
    """Return the name of somebody.

    Raises:
        ValueError: it is nobody's, or is written in letters of several alphabets.

    """
    _legible(value)
    if _person(value) in _NOBODY:
        raise ValueError(f"'{value}' is nobody; write who answers for it")
    return value


def _legible(name: str) -> None:
    if any(len(_alphabets(word)) > 1 for word in name.split()):
        raise ValueError("a name has letters of several alphabets that look alike")


def _person(name: str) -> str:
    address = _ADDRESS.search(name)
    plain = unicodedata.normalize("NFKC", address[1] if address else name).casefold()
    return "".join(letter for letter in plain if letter.isalnum() or letter == "@")


def _alphabets(word: str) -> set[str]:
    names = {unicodedata.name(letter, "").partition(" ")[0] for letter in word if letter.isalpha()}
    return names & {"LATIN", "CYRILLIC", "GREEK"}


Country = Annotated[str, AfterValidator(country)]
Region = Annotated[str, AfterValidator(country_or_part)]
Person = Annotated[str, AfterValidator(person)]
IsoDate = Annotated[str, AfterValidator(day)]
#: GDPR Art. 6(1), LGPD Art. 7, PIPL Art. 13(1), in the terms of the W3C's Data Privacy Vocabulary.
LegalBasis = Annotated[
    str, _matching(_BASIS, "a legal basis", "A6-1-a (consent) to A6-1-f of the GDPR, A7-I to A7-X of the LGPD, n/a")
]
#: GDPR Art. 9(2), LGPD Art. 11, PIPL Art. 29.
SpecialCondition = Annotated[
    str, _matching(_ARTICLE_9, "a condition for special categories", "A9-2-a (explicit consent) to A9-2-j of the GDPR")
]
#: GDPR Art. 10.
CriminalAuthority = Annotated[
    str, _matching(_ARTICLE_10, "an authority of GDPR Art. 10", "official_authority or national_law:DE")
]
#: GDPR Art. 49(1).
Derogation = Annotated[str, _matching(_ARTICLE_49, "a derogation of GDPR Art. 49", "A49-1-a to A49-1-g")]
