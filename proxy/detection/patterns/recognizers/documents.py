"""Passports, driving licences, vehicles, devices: what a word before the number says it is, or its own check digit."""

# ruff: noqa: E501 -- tables and patterns are read line by line
from __future__ import annotations

from proxy.core.geography import STATE_CODES
from proxy.detection.patterns.pattern import DIGIT_RUN, DIGITS, Pattern
from proxy.detection.patterns.recognizers import checks
from proxy.detection.text.context import ContextWords

_JOIN = "(?:[-_ ]?(?i:number|no[.]?|num[.]?|nr[.]?|n[.º°]|#|id|is|was|ist|est|es|jest)){0,3}[\"']?[^0-9A-Za-z\\n]{1,4}?"
_PASSPORT = "(?i:passports?|reisepass(?:nummer)?|passnummer|passeport|pasaporte|passaporto|passaporte|paspoort(?:nummer)?|paszport(?:u)?)"
_LICENCE = (
    "(?i:driv(?:er|ing)(?:'?s)?[-_ ]?licen[sc]e|drivers?[-_ ]?lic[.]?|dl|f[uü]hrerschein(?:nummer)?|permis de conduire|permiso de conducir|carnet de conducir|licencia de conducir"
    "|patente(?: di guida)?|carta de condu[cç][aã]o|cnh|rijbewijs(?:nummer)?|prawo jazdy|prawa jazdy)"
)
_PLATE = "(?i:licen[sc]e plates?|(?:number|registration|reg)[. ]?plates?|plates?|tag (?:number|no[.]?)|vehicle reg(?:istration)?|car reg(?:istration)?|vrm|vrn|kfz-?kennzeichen|kennzeichen|nummernschild|immatriculation|plaque(?: d'immatriculation)?|matr[ií]cula|targa|kenteken|rejestracyjn[yaei](?:ch)?|nr rej[.]?|placa)"
#: A state before the plate's own number stays: it is no part of it.
_STATE = f"(?:(?:{'|'.join(sorted(STATE_CODES))})[ :])?"
_DEVICE = (
    "(?i:(?:medical )?device|implant(?:able|ed)?(?: [a-z-]{3,16})?|pacemaker|defibrillator|icd|crt-?d|cgm|cpap|bipap|ventilator|(?:insulin|infusion|feeding|pain)? ?pump|hearing aids?|cochlear implant|stent|prosthe(?:sis|tic)|valve|glucometer|meter|monitor|sensor|stimulator|neurostimulator"
    "|catheter|shunt|wheelchair|dialysis machine|nebuli[sz]er|scanner|equipment|handset|smart ?phone|phone|tablet|laptop|smart ?watch|watch|wearable|herzschrittmacher|schrittmacher|ger[aä]t|appareil|dispositif|marcapasos|dispositivo|rozrusznik|urz[aą]dzeni[ae])"
)


def _document(value: str) -> int:
    """A document number has digits, and is not a phrase."""
    digits = sum(c.isdigit() for c in value)
    return len(value) if digits >= 4 else 0  # noqa: PLR2004


PATTERNS: tuple[Pattern, ...] = (
    Pattern("passport", "PASSPORT", f"{_PASSPORT}{_JOIN}(?P<v>[A-Z]{{0,3}} ?[0-9][0-9A-Z]{{4,9}}|[A-Z][0-9A-Z]{{6,9}})", 80, 0.85, check=checks.has_digit),
    Pattern("driver_license", "DRIVER_LICENSE", f"{_LICENCE}{_JOIN}(?P<v>[A-Za-z]{{0,3}}[-/ ]?[0-9][0-9A-Za-z]{{3,18}}(?:[-/ ][0-9A-Za-z]{{2,8}}){{0,4}})", 120, 0.85, check=checks.has_digit),
    Pattern("uk_driving_licence", "DRIVER_LICENSE", "[A-Z9]{5}[0-9][0156][0-9][0-3][0-9][0-9][A-Z9]{2}[0-9][A-Z]{2}", 18, 0.85, country="GB"),
    Pattern("machine_readable", "PASSPORT", "P[<A-Z][A-Z]{3}[A-Z<]{20,39}[\\n ]{0,2}[0-9A-Z<]{9}[0-9][A-Z]{3}[0-9]{7}[MFX<][0-9]{7}[0-9A-Z<]{14}[0-9<][0-9]", 120, 0.98),
    Pattern("id_card_context", "NATIONAL_ID", "(?i:(?:national )?(?:identity|id) card|identity document|personalausweis(?:nummer)?|ausweis-?(?:nummer|nr[.]?)|carte d'identit[eé]|documento de identidad|carta d'identit[aà]|identiteitskaart|dow[oó]d(?:em)? osobisty(?:m)?)"
            f"{_JOIN}(?P<v>[0-9A-Z][0-9A-Z ./-]{{5,18}}[0-9A-Z])", 90, 0.7, check=_document),
    Pattern("polish_id_card", "NATIONAL_ID", "(?i:dow[oó]d(?:em|u)? osobist(?:y|ym|ego)|seria i (?:numer|nr))(?: (?i:seria|nr|numer|i|no)){0,4}[.:]? {0,2}\\n?(?P<v>[A-Z]{3}[ .]?[0-9O](?:[ .\\n]{0,2}[0-9Ol]){5})", 80, 0.85, country="PL"),
    Pattern("plate", "VEHICLE_ID", f"{_PLATE}(?:[-_ ]?(?i:number|no[.]?|nr[.]?|#|is|ist|was)){{0,2}}[\"']?[^0-9A-Za-z\\n]{{1,4}}?{_STATE}(?P<v>[0-9A-Z]{{1,4}}[- ]?[0-9A-Z]{{1,5}}(?:[- ][0-9A-Z]{{1,4}}){{0,2}})", 80, 0.7, check=checks.has_digit),
    Pattern("vin", "VEHICLE_ID", "[0-9A-HJ-NPR-Za-hj-npr-z]{11}[0-9A-HJ-NPR-Za-hj-npr-z]{2}[0-9]{4}", 20, 0.6, "[0-9A-HJ-NPR-Za-hj-npr-z]{13}[0-9]{4}", checks.vin, ContextWords("vin", "vehicle", "chassis", "car", "fahrgestellnummer", "bastidor", "telaio"), 0.97),
    Pattern("vin_context", "VEHICLE_ID", "(?i:vin|vehicle identification number|chassis(?: number)?|fahrgestellnummer|fin)(?:[-_ ]?(?i:number|no[.]?|#|is)){0,2}[\"']?[^0-9A-Za-z\\n]{1,4}?(?P<v>[0-9A-HJ-NPR-Za-hj-npr-z]{17})", 70, 0.85, check=checks.has_digit),
    Pattern("imei", "DEVICE_ID", "[0-9]{2}[- ]?[0-9]{6}[- ]?[0-9]{6}[- ]?[0-9]", 20, 0.0, DIGIT_RUN, checks.is_luhn, ContextWords("imei", "handset", "device id", "mobile equipment"), 0.97, DIGITS, whole=True),
    Pattern("device_serial", "DEVICE_ID", f"{_DEVICE}(?: ?[(,:])?(?:[-_ ]?(?i:serial|serien|number|nummer|no[.]?|nr[.]?|#|id|identifier|s/n|sn|is|with|de s[eé]rie)){{1,4}}[\"']?[^0-9A-Za-z\\n]{{1,4}}?(?P<v>{'[A-Za-z]{0,6}[-]?[0-9][0-9A-Za-z]{3,15}(?:[-][0-9A-Za-z]{1,8}){0,3}'})", 180, 0.7),
    Pattern("advertising_id", "DEVICE_ID", "(?i:idfa|idfv|gaid|aaid|advertising[-_ ]?id|device[-_ ]?(?:id|uuid)|udid)[\"']?[^0-9A-Za-z\\n]{1,4}?(?P<v>[0-9A-Fa-f]{8}-?[0-9A-Fa-f]{4}-?[0-9A-Fa-f]{4}-?[0-9A-Fa-f]{4}-?[0-9A-Fa-f]{12}|[0-9A-Fa-f]{16,40})", 90, 0.8),
    Pattern("imei_context", "DEVICE_ID", "(?i:imei(?:sv)?|meid|imsi|iccid|eid)(?:[-_ ]?(?i:number|no[.]?|#|is|[12])){0,2}[\"']?[^0-9A-Za-z\\n]{1,4}(?P<v>[0-9](?:[ -]?[0-9]){13,21})", 70, 0.9),
    Pattern("device_identifier", "DEVICE_ID", "(?i:udi(?:-di|-pi)?|unique device identifier|device identifier|basic udi)(?:[-_ ]?(?i:number|no[.]?|#|is|code)){0,2}[\"']?[^0-9A-Za-z\\n]{1,4}?(?P<v>[0-9A-Z+/$=(][0-9A-Z+/$=()&,.%-]{7,70})", 120, 0.85, check=checks.has_digit),
    Pattern("udi", "DEVICE_ID", "[(]01[)][0-9]{14}(?:[(][0-9]{2}[)][0-9A-Za-z]{1,20}){1,3}", 100, 0.85, "[(]01[)][0-9]"),
)  # fmt: skip
