"""National identifiers of the Americas, Asia, Africa and Oceania."""

# ruff: noqa: E501 -- tables and patterns are read line by line
from __future__ import annotations

from proxy.detection.patterns.pattern import DIGIT_RUN, DIGITS, WORD, Check, Pattern
from proxy.detection.patterns.recognizers import checks
from proxy.detection.patterns.recognizers.checks import stdnum
from proxy.detection.text.context import ContextWords

_ID = ContextWords(
    "id", "national id", "id number", "identity", "identification", "personal number", "tax id", "citizen"
)
_TELLING = 0.4
SSN_WORDS = ContextWords(
    "ssn", "ssns", "social security", "social security number", "social", "soc sec", "ss", "ssa", "social sec",
    "numero de seguro social", "seguro social",
)  # fmt: skip

_US: tuple[Pattern, ...] = (
    Pattern("us_ssn", "US_SSN", "[0-9]{3}-[0-9]{2}-[0-9]{4}", 16, 0.7, DIGIT_RUN, checks.us_ssn, SSN_WORDS, 0.98,
            DIGITS, wary=True, whole=True, country="US"),
    Pattern("us_ssn_spaced", "US_SSN", "[0-9]{3}[ .\u2010-\u2013][0-9]{2}[ .\u2010-\u2013][0-9]{4}", 16, 0.4, DIGIT_RUN,
            checks.us_ssn, SSN_WORDS, 0.95, DIGITS, wary=True, country="US"),
    Pattern("us_ssn_bare", "US_SSN", "[0-9]{9}", 12, 0.0, DIGIT_RUN, checks.us_ssn, SSN_WORDS, 0.9, DIGITS,
            wary=True, whole=True, country="US"),
    # A number written like an SSN in SSN context is treated as one, whether or not the SSA can have issued it.
    Pattern("us_ssn_context", "US_SSN", "[0-9]{3}[- .]?[0-9]{2}[- .]?[0-9]{4}", 16, 0.0, DIGIT_RUN, None, SSN_WORDS,
            0.7, DIGITS, wary=True, whole=True, country="US"),
    Pattern("us_ssn_last4", "US_SSN",
            "(?i:ssn|social security(?: number)?)(?i:[^0-9A-Za-z]{0,4}(?:last|final|ending)"
            "(?: ?(?:four|4))?(?: digits)?(?: (?:of|in|are|is|with)){0,4})[^0-9A-Za-z]{1,4}(?P<v>[0-9]{4})", 90, 0.7,
            country="US"),
    Pattern("us_itin", "US_ITIN", "9[0-9]{2}[- ]?[0-9]{2}[- ]?[0-9]{4}", 16, 0.0, DIGIT_RUN, checks.us_itin,
            ContextWords("itin", "individual taxpayer", "taxpayer id", "tax id", "irs"), 0.95, DIGITS, wary=True,
            whole=True, country="US"),
)  # fmt: skip

#: country, name, body, check, score without words, own words
_ROWS: tuple[tuple[str, str, str, Check | None, float, tuple[str, ...]], ...] = (
    ("CA", "ca_sin", "[1-79][0-9]{2}[- ]?[0-9]{3}[- ]?[0-9]{3}", stdnum("ca.sin"), 0.0, (
        "sin", "social insurance", "social insurance number", "nas", "numero d assurance sociale")),
    ("BR", "br_cpf", "[0-9]{3}[.]?[0-9]{3}[.]?[0-9]{3}[-/]?[0-9]{2}", stdnum("br.cpf"), 0.5, ("cpf", "cadastro")),
    ("BR", "br_cnpj", "[0-9]{2}[.]?[0-9]{3}[.]?[0-9]{3}/?[0-9]{4}-?[0-9]{2}", stdnum("br.cnpj"), 0.4, ("cnpj",)),
    ("IN", "in_aadhaar", "[2-9][0-9]{3}[ -]?[0-9]{4}[ -]?[0-9]{4}", stdnum("in_.aadhaar"), 0.4, (
        "aadhaar", "aadhar", "uidai", "uid", "आधार")),
    ("IN", "in_pan", "[A-Z]{3}[ABCFGHJLPT][A-Z][0-9]{4}[A-Z]", stdnum("in_.pan"), 0.6, (
        "pan", "permanent account number", "pan card", "income tax")),
    ("IN", "in_voter", "[A-Z]{3}[0-9]{7}", stdnum("in_.epic"), 0.4, ("epic", "voter", "voter id", "election card")),
    ("AU", "au_tfn", "[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{3}|[0-9]{8}", stdnum("au.tfn"), 0.0, ("tfn", "tax file number", "tax file")),
    ("AU", "au_abn", "[0-9]{2} ?[0-9]{3} ?[0-9]{3} ?[0-9]{3}", stdnum("au.abn"), 0.0, ("abn", "australian business")),
    ("NZ", "nz_ird", "[0-9]{2,3}[- ]?[0-9]{3}[- ]?[0-9]{3}", stdnum("nz.ird"), 0.0, ("ird", "inland revenue")),
    ("ZA", "za_id", "[0-9]{6} ?[0-9]{4} ?[01][0-9][0-9]", stdnum("za.idnr"), 0.45, ("south african", "sa id", "rsa id")),
    ("MX", "mx_curp", "[A-Z][AEIOUX][A-Z]{2}[0-9]{6}[HMX][A-Z]{5}[0-9A-Z][0-9]", stdnum("mx.curp"), 0.9, ("curp",)),
    ("MX", "mx_rfc", "[A-Z\u00d1&]{4}[0-9]{6}[A-Z0-9]{3}", stdnum("mx.rfc"), 0.5, ("rfc", "sat")),
    ("AR", "ar_cuit", "(?:20|2[347]|3[034])-?[0-9]{8}-?[0-9]", stdnum("ar.cuit"), 0.45, ("cuit", "cuil")),
    ("AR", "ar_dni", "[0-9]{2}[.]?[0-9]{3}[.]?[0-9]{3}", None, 0.0, ("dni",)),
    ("CL", "cl_rut", "[0-9]{1,2}[.]?[0-9]{3}[.]?[0-9]{3}-[0-9Kk]", stdnum("cl.rut"), 0.5, ("rut", "run")),
    ("CO", "co_nit", "[0-9]{3}[.]?[0-9]{3}[.]?[0-9]{3,4}-?[0-9]", stdnum("co.nit"), 0.0, ("nit", "cedula", "cédula")),
    ("PE", "pe_dni", "[0-9]{8}(?:-[0-9])?", None, 0.0, ("dni", "documento nacional de identidad")),
    ("EC", "ec_ci", "[0-9]{10}", stdnum("ec.ci"), 0.0, ("cedula", "cédula", "cedula de identidad")),
    ("CN", "cn_ric", "[1-9][0-9]{16}[0-9Xx]", checks.chinese, 0.8, ("身份证", "resident identity", "id card")),
    ("KR", "kr_rrn", "[0-9]{6}-?[0-9]{7}", stdnum("kr.rrn"), 0.5, ("rrn", "주민등록번호", "resident registration")),
    ("JP", "jp_my_number", "[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{4}", stdnum("jp.in_"), 0.0, ("my number", "マイナンバー", "個人番号")),
    ("SG", "sg_nric", "[STFGM][0-9]{7}[A-Z]", checks.singapore, 0.7, ("nric", "fin")),
    ("MY", "my_nric", "[0-9]{6}-[0-9]{2}-[0-9]{4}", stdnum("my.nric"), 0.5, ("nric", "mykad", "ic", "kad pengenalan")),
    ("TH", "th_pin", "[1-8][- ]?[0-9]{4}[- ]?[0-9]{5}[- ]?[0-9]{2}[- ]?[0-9]", stdnum("th.pin"), 0.0, (
        "thai id", "บัตรประชาชน", "thai national")),
    ("ID", "id_nik", "[0-9]{16}", stdnum("id.nik"), 0.0, ("nik", "ktp", "nomor induk kependudukan")),
    ("TR", "tr_tckn", "[1-9][0-9]{10}", stdnum("tr.tckimlik"), 0.45, ("tckn", "tc kimlik", "kimlik no", "t c kimlik")),
    ("IL", "il_idnr", "[0-9]{9}|[0-9]{8}-[0-9]", stdnum("il.idnr"), 0.0, ("teudat zehut", "תעודת זהות", "israeli id")),
    ("RU", "ru_snils", "[0-9]{3}-[0-9]{3}-[0-9]{3}[- ][0-9]{2}|[0-9]{11}", checks.snils, 0.0, ("снилс", "snils")),
    ("RU", "ru_snils_written", "[0-9]{3}-[0-9]{3}-[0-9]{3}[- ][0-9]{2}", checks.snils, 0.7, ("снилс", "snils")),
    ("RU", "ru_inn", "[0-9]{12}|[0-9]{10}", stdnum("ru.inn"), 0.0, ("инн", "inn")),
    ("UA", "ua_rntrc", "[0-9]{10}", stdnum("ua.rntrc"), 0.0, ("рнокпп", "ипн", "іпн", "rntrc")),
    ("HK", "hk_id", "[A-Z]{1,2}[0-9]{6}[(]?[0-9A]?[)]?", checks.hong_kong, 0.0, ("hkid", "hong kong", "身份證")),
    ("PK", "pk_cnic", "[1-7][0-9]{4}-[0-9]{7}-[0-9]", stdnum("pk.cnic"), 0.6, ("cnic", "nadra")),
    ("NG", "ng_nin", "[0-9]{11}", None, 0.0, ("nigerian", "nimc", "national identification number")),
    ("EG", "eg_tn", "[23][0-9]{13}", None, 0.0, ("egyptian", "الرقم القومي")),
    ("TW", "tw_id", "[A-Z][12][0-9]{8}", None, 0.0, ("身分證", "taiwan", "taiwanese")),
    ("VN", "vn_cccd", "0[0-9]{11}", None, 0.0, ("cccd", "can cuoc", "căn cước")),
)  # fmt: skip

PATTERNS: tuple[Pattern, ...] = _US + tuple(
    Pattern(
        name=name,
        entity_type="NATIONAL_ID",
        body=body,
        width=32,
        score=score,
        trigger="" if name == "in_pan" else DIGIT_RUN,
        check=check,
        words=(ContextWords(*words) | _ID) if score >= _TELLING else ContextWords(*words),
        boosted=0.95 if check is not None else 0.7,
        border=DIGITS if body[0] in "[(0" and "0-9" in body[:9] else WORD,
        wary=True,
        whole=True,
        country=country,
    )
    for country, name, body, check, score, words in _ROWS
)
