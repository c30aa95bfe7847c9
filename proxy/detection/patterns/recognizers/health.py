"""Numbers of health care: records, plans, claims, providers; most of them exist only through the word before them."""

# ruff: noqa: E501 -- tables and patterns are read line by line
from __future__ import annotations

from proxy.detection.patterns.pattern import DIGIT_RUN, DIGITS, Pattern
from proxy.detection.patterns.recognizers import checks
from proxy.detection.patterns.recognizers.checks import stdnum
from proxy.detection.text.context import ContextWords

#: A number as institutions print it: perhaps letters, then digits, groups joined by a sign.
VALUE = "#?[A-Za-z]{0,8}[-/#.]{0,2}[0-9][0-9A-Za-z]{0,15}(?:[-/.][0-9A-Za-z]{1,12}){0,4}"
_GROUPS = "#?[A-Za-z]{0,8}[-/#.]{0,2}[0-9][0-9A-Za-z]{0,15}(?:[-/. ][0-9]{1,12}){0,4}"
#: What may stand between the word and the number.
_JOIN = "(?:[-_ ]?(?i:number|no[.]?|num[.]?|nr[.]?|n[.º°o]|#|id|code|of|is|was|ist|est|es|jest|to)){0,3}[\"']?[^0-9A-Za-z\\n]{1,4}?"
_MRN_WORD = (
    "(?i:mrns?|mr#|emr|ehr|med(?:ical)?[-_ .]{0,2}rec(?:ord)?s?|medical[-_ ]file|patient(?:en)?[-_ ]?(?:id(?:entifier)?|number|no[.]?|nr[.]?|nummer|akte|kennung)"
    "|pt[. ]{0,2}(?:id|#|no)|pat[.]?[-_ ]?(?:id|nr[.]?)|chart(?:[-_ ]?(?:number|no[.]?|#|id))|hospital[-_ ]?(?:number|no[.]?|id)|health record|record (?:number|no[.]?|#|id)"
    "|accession(?: (?:number|no[.]?|#))?|encounter(?: (?:number|no[.]?|#|id))|visit (?:number|no[.]?|#|id)|nhc|cipa|historia cl[ií]nica|n[º°o][.]? (?:de )?historia"
    "|piz|fallnummer|fall-?nr[.]?|aufnahmenummer|aufnahme-?nr[.]?|patnr[.]?|pid|histologie-?nr[.]?|befund-?nr[.]?|ipp|num[eé]ro (?:de )?(?:dossier|patient)|n[°º] (?:de )?dossier"
    "|cartella clinica|codice paziente|id paziente|prontu[aá]rio|processo cl[ií]nico|n[uú]mero de utente|pati[eë]ntnummer|pati[eë]nt[-_ ]?(?:id|nr[.]?)|dossiernummer"
    "|numer pacjenta|id pacjenta|nr pacjenta|historii choroby|nr ks[. ]{0,2}g[lł][.]?|study id|subject id|participant id)"
)
_PLAN_WORD = (
    "(?i:(?:health[-_ ]?)?insurance|ins[.]?|(?:health[-_ ]?)?plan|policy|member(?:ship)?|subscriber|beneficiary|hbn|hicn|medicaid|medicare|group|payer|coverage|health[-_ ]?(?:id|card)"
    "|aetna|cigna|humana|kaiser|blue ?cross|bcbs|unitedhealthcare|uhc|krankenkasse|versicherten-?(?:nummer|nr[.]?|id)|krankenversicherten(?:nummer|nr[.]?)|kvnr|versicherungsnummer"
    "|num[eé]ro d'assur[eé]|n[°º] d'assur[eé]|mutuelle|nass|nuss|naf|tarjeta sanitaria|cip|p[oó]liza|tessera sanitaria|polizza|cart[aã]o de sa[uú]de|ap[oó]lice|sns"
    "|polisnummer|verzekerdennummer|zorgverzekering|ubezpieczenia|polisy)"
)
_PLAN_JOIN = "(?:[-_ ]?(?i:plan|policy|member(?:ship)?|card|number|no[.]?|num[.]?|nr[.]?|n[.º°]|#|id|identifier|code|includes|provider|is|was|under|ist|est|es|polisa)){0,4}[\"']?[^0-9A-Za-z\\n]{1,4}?"

PATTERNS: tuple[Pattern, ...] = (
    Pattern("mrn", "MEDICAL_RECORD_NUMBER", f"{_MRN_WORD}{_JOIN}(?P<v>{VALUE})", 170, 0.85, check=lambda v: _long_enough(v, 3)),
    Pattern("mrn_grouped", "MEDICAL_RECORD_NUMBER", f"(?i:nhc|cipa|mrn)[^0-9A-Za-z\\n]{{1,4}}?(?P<v>{_GROUPS})", 120, 0.85, check=lambda v: _long_enough(v, 5)),
    Pattern("mrn_prefixed", "MEDICAL_RECORD_NUMBER", "(?i:mrn|nhc|pat|pt)[-#:/][A-Za-z]{0,4}[0-9]{4,12}", 24, 0.8),
    Pattern("person_id", "MEDICAL_RECORD_NUMBER", f"(?i:id|i[.]d[.]|identifier|id number|identified as|ref(?:erence)?[.]?(?: ?(?:code|number|no[.]?|#))?|case ?#?|file)[\"']?[:# ]{{1,3}}?(?P<v>{VALUE})", 150, 0.0,
            check=lambda v: _long_enough(v, 5), words=ContextWords("patient", "patients", "pt", "resident", "client", "hospital", "clinic", "admitted", "seen", "diagnosed", "treated", "his", "her", "their", "he", "she", "history of", "with", "center"), boosted=0.6),
    Pattern("nhs_number", "NHS_NUMBER", "[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{4}", 14, 0.0, DIGIT_RUN, stdnum("gb.nhs"),
            ContextWords("nhs", "nhs number", "nhs no", "national health service", "health number", "hospital", "patient", "chi"), 0.97, DIGITS, wary=True, whole=True, country="GB"),
    Pattern("nhs_written", "NHS_NUMBER", "[0-9]{3} [0-9]{3} [0-9]{4}", 14, 0.5, DIGIT_RUN, stdnum("gb.nhs"), ContextWords("nhs", "health"), 0.97, DIGITS, wary=True, country="GB"),
    Pattern("nhs_context", "NHS_NUMBER", "(?i:nhs)(?:[-_ ]?(?i:number|no[.]?|#|id|is)){0,2}[\"']?[^0-9A-Za-z\\n]{1,4}?(?P<v>[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{4})", 50, 0.7, country="GB"),
    Pattern("mbi", "HEALTH_PLAN_ID", "[1-9][AC-HJKMNP-RT-Yac-hjkmnp-rt-y][0-9AC-HJKMNP-RT-Yac-hjkmnp-rt-y][0-9]-?[AC-HJKMNP-RT-Yac-hjkmnp-rt-y][0-9AC-HJKMNP-RT-Yac-hjkmnp-rt-y][0-9]-?[AC-HJKMNP-RT-Yac-hjkmnp-rt-y]{2}[0-9]{2}", 16, 0.8,
            words=ContextWords("mbi", "medicare", "beneficiary"), boosted=0.98, country="US"),
    Pattern("health_plan", "HEALTH_PLAN_ID", f"{_PLAN_WORD}{_PLAN_JOIN}(?P<v>{VALUE})", 190, 0.75, check=lambda v: _long_enough(v, 5)),
    Pattern("health_plan_grouped", "HEALTH_PLAN_ID", f"(?i:nass|nuss|naf)[^0-9A-Za-z\\n]{{1,4}}?(?P<v>{_GROUPS})", 120, 0.9, check=lambda v: _long_enough(v, 6), country="ES"),
    Pattern("health_plan_prefixed", "HEALTH_PLAN_ID", "(?:HMO|PPO|EPO|POS|BCBS|HBN|HPN|HP|BC|INS|UHC|PLN|PLAN)-?[A-Z]{0,3}[0-9]{6,12}", 28, 0.6),
    Pattern("kvnr", "HEALTH_PLAN_ID", "[A-Z][0-9]{9}", 12, 0.4, DIGIT_RUN, checks.german_health, ContextWords("versichertennummer", "kvnr", "krankenkasse", "krankenversicherung", "versicherten nr", "egk", "kv nummer", "krankenversichertennummer"), 0.97, wary=True, country="DE"),
    Pattern("au_medicare", "HEALTH_PLAN_ID", "[2-6][0-9]{3}[ -]?[0-9]{5}[ -]?[0-9](?:[ /-]?[0-9])?", 16, 0.0, DIGIT_RUN, checks.australian_medicare, ContextWords("medicare"), 0.95, DIGITS, whole=True, country="AU"),
    Pattern("ca_health", "HEALTH_PLAN_ID", "[0-9]{4}[- ]?[0-9]{3}[- ]?[0-9]{3}(?:[- ]?[A-Z]{2})?", 18, 0.0, DIGIT_RUN, words=ContextWords("ohip", "health card", "phn", "personal health number", "msp"), boosted=0.85, border=DIGITS, whole=True, country="CA"),
    Pattern("claim", "CLAIM_OR_RX_NUMBER", f"(?i:claim|rx|prescription|prior auth(?:orization)?|referral|authori[sz]ation|pre-?auth)(?:[-_ ]?(?i:number|no[.]?|#|id|is)){{1,3}}[\"']?[^0-9A-Za-z\\n]{{0,4}}(?P<v>{VALUE})", 130, 0.75, check=lambda v: _long_enough(v, 5)),
    Pattern("npi", "PROVIDER_NPI", "[12][0-9]{9}", 12, 0.0, DIGIT_RUN, checks.npi, ContextWords("npi", "national provider", "provider id", "provider number", "provider"), 0.97, DIGITS, wary=True, whole=True, country="US"),
    Pattern("dea", "PROFESSIONAL_LICENSE", "[A-HJ-MP-UXa-hj-mp-ux][A-Za-z9][0-9]{7}", 10, 0.4, DIGIT_RUN, checks.dea, ContextWords("dea", "dea number", "registration"), 0.97, wary=True, country="US"),
    Pattern("license_context", "PROFESSIONAL_LICENSE", "(?i:(?:medical|nursing|professional|physician|provider|state)[-_ ]?licen[sc]e|licen[sc]e|certificate|registration|n[º°o.]{0,2} ?col(?:egiado)?[.]?|colegiado|gmc|nmc|lanr|bsnr|rpps|adeli|approbation|big-?nummer|pwz|numer pwz|crm|ordine dei medici)"
            "(?:[-_ ]?(?i:number|no[.]?|nr[.]?|#|id|is)){0,2}[\"']?[^0-9A-Za-z\\n]{1,4}?(?P<v>(?:[A-Za-z]{1,4}[-/ ]?)?[0-9][0-9A-Za-z]{0,12}(?:[-/ ][0-9]{2,9}){0,3})", 130, 0.6, check=lambda v: _long_enough(v, 4)),
)  # fmt: skip


def _long_enough(value: str, digits: int) -> int:
    """Return the value's length without trailing signs, when it has that many characters and a digit among them."""
    bare = value.rstrip("-/. #")
    signs = sum(map(str.isalnum, bare))
    return len(bare) if signs >= digits and any(map(str.isdigit, bare)) else 0
