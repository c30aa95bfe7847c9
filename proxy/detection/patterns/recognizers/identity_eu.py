"""National identifiers of the EU and EEA states, the United Kingdom and Switzerland."""

# ruff: noqa: E501 -- tables and patterns are read line by line
from __future__ import annotations

from proxy.detection.patterns.pattern import DIGIT_RUN, DIGITS, WORD, Check, Pattern
from proxy.detection.patterns.recognizers import checks
from proxy.detection.patterns.recognizers.checks import stdnum
from proxy.detection.text.context import ContextWords

_ID = ContextWords(
    "id", "national id", "id number", "identity", "identity number", "identification", "personal number", "tax id",
    "tin", "tax number", "taxpayer", "social security", "citizen", "passport", "ausweis", "identifikationsnummer",
    "identité", "identidad", "identità", "identidade", "identiteit", "identyfikacyjny",
)  # fmt: skip

#: country, name, body, check, score without words, words beside the general ones
_ROWS: tuple[tuple[str, str, str, Check | None, float, tuple[str, ...]], ...] = (
    ("AT", "at_svnr", "[0-9]{4} ?[0-9]{6}", stdnum("at.vnr"), 0.4, (
        "svnr", "sv nr", "sv nummer", "sozialversicherungsnummer", "versicherungsnummer", "insurance number")),
    ("AT", "at_tin", "[0-9]{2}-?[0-9]{3}/?[0-9]{4}", stdnum("at.tin"), 0.0, (
        "steuernummer", "abgabenkontonummer", "finanzamt", "austrian tax")),
    ("BE", "be_nn", r"[0-9]{2}[. ]?[0-9]{2}[. ]?[0-9]{2}[- ]?[0-9]{3}[. ]?[0-9]{2}",
     checks.either(stdnum("be.nn"), stdnum("be.bis")), 0.5, (
        "rijksregisternummer", "rijksregister", "numero national", "registre national", "nrn", "niss", "insz", "nn")),
    ("BG", "bg_egn", "[0-9]{10}", stdnum("bg.egn"), 0.4, ("egn", "егн", "единен граждански номер", "uniform civil")),
    ("BG", "bg_pnf", "[0-9]{10}", stdnum("bg.pnf"), 0.0, ("lnch", "лнч", "pnf", "foreigner")),
    ("HR", "hr_oib", "[0-9]{11}", stdnum("hr.oib"), 0.0, ("oib", "osobni identifikacijski broj")),
    ("CY", "cy_tin", "[0-9]{8}[A-Z]", stdnum("cy.vat"), 0.0, ("cyprus", "tic", "afm", "vat")),
    ("CZ", "cz_rc", "[0-9]{6}/?[0-9]{3,4}", stdnum("cz.rc"), 0.0, (
        "rodne cislo", "rodné číslo", "rc", "birth number", "rodne cislo rc")),
    ("CZ", "cz_rc_slash", "[0-9]{6}/[0-9]{4}", stdnum("cz.rc"), 0.6, ("rodne cislo", "rodné číslo", "rc")),
    ("DE", "de_tax_id", "[0-9]{2} ?[0-9]{3} ?[0-9]{3} ?[0-9]{3}", stdnum("de.idnr"), 0.4, (
        "steuer id", "steuer identifikationsnummer", "steueridentifikationsnummer", "idnr", "steuerid", "steuer idnr",
        "tax identification number")),
    ("DE", "de_pension", "[0-9]{2} ?[0-3][0-9][0-1][0-9][0-9]{2} ?[A-Z] ?[0-9]{3}", checks.german_pension, 0.6, (
        "rentenversicherungsnummer", "sozialversicherungsnummer", "rvnr", "sv nummer", "versicherungsnummer")),
    ("DE", "de_id_card", "[LMNPRTVWXY][0-9CFGHJKLMNPRTVWXYZ]{8}[0-9]?", None, 0.0, (
        "ausweis", "personalausweis", "ausweisnummer", "personalausweisnummer", "id card")),
    ("DE", "de_steuernummer", "[0-9]{2,3}[ /][0-9]{3}[ /][0-9]{4,5}", None, 0.0, (
        "steuernummer", "steuer nr", "st nr", "finanzamt")),
    ("DK", "dk_cpr", "[0-3][0-9][01][0-9]{3}-[0-9]{4}", stdnum("dk.cpr"), 0.6, ("cpr", "cpr nummer", "personnummer")),
    ("DK", "dk_cpr_bare", "[0-3][0-9][01][0-9]{7}", stdnum("dk.cpr"), 0.0, ("cpr", "cpr nummer", "cpr nr", "danish")),
    ("EE", "ee_ik", "[1-6][0-9]{10}", stdnum("ee.ik"), 0.4, ("isikukood", "estonian", "personal code")),
    ("LT", "lt_asmens", "[3-6][0-9]{10}", stdnum("lt.asmens"), 0.4, ("asmens kodas", "lithuanian", "personal code")),
    ("LV", "lv_pk", "[0-3][0-9][0-9]{4}-[0-9]{5}", checks.latvian, 0.6, ("personas kods", "pk", "personal code")),
    ("LV", "lv_pk_bare", "[0-3][0-9]{10}", checks.latvian, 0.0, ("personas kods", "personas koda", "latvian")),
    ("ES", "es_dni", "[0-9]{8}[ -]?[A-HJ-NP-TV-Za-hj-np-tv-z]", stdnum("es.dni"), 0.6, (
        "dni", "nif", "documento nacional", "documento de identidad")),
    ("ES", "es_nie", "[XYZxyz][ -]?[0-9]{7}[ -]?[A-HJ-NP-TV-Za-hj-np-tv-z]", stdnum("es.nie"), 0.7, (
        "nie", "extranjero", "nif")),
    ("ES", "es_nss", "[0-9]{2}[ /-]?[0-9]{7,8}[ /-]?[0-9]{2}", checks.spanish_social, 0.0, (
        "nss", "nass", "seguridad social", "numero de afiliacion", "afiliacion", "naf")),
    ("FI", "fi_hetu", "[0-3][0-9][01][0-9]{3}[-+ABCDEFYXWVU][0-9]{3}[0-9A-FHJ-NPR-Y]", stdnum("fi.hetu"), 0.8, (
        "hetu", "henkilotunnus", "henkilötunnus", "personbeteckning")),
    ("FR", "fr_nir", r"[1-4778][ .]?[0-9]{2}[ .]?[0-9]{2}[ .]?[0-9][0-9AB][ .]?[0-9]{3}[ .]?[0-9]{3}[ .-]?[0-9]{2}",
     checks.french_nir, 0.7, (
        "nir", "securite sociale", "sécurité sociale", "numero de secu", "secu", "insee", "num secu", "carte vitale")),
    ("FR", "fr_nif", "[0-3][0-9](?: ?[0-9]{2}){1}(?: ?[0-9]{3}){3}", stdnum("fr.nif"), 0.0, (
        "numero fiscal", "spi", "nif", "impots", "fiscal")),
    ("FR", "fr_cni", "[0-9]{12}|[A-Z0-9]{9}", checks.has_digit, 0.0, (
        "carte d identite", "carte nationale d identite", "cni", "cin")),
    ("GR", "gr_amka", "[0-3][0-9][01][0-9]{8}", stdnum("gr.amka"), 0.45, ("amka", "αμκα", "social security")),
    ("GR", "gr_afm", "[0-9]{9}", stdnum("gr.vat"), 0.0, ("afm", "αφμ", "greek tax")),
    ("HU", "hu_taj", "[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{3}", checks.hungarian_taj, 0.0, (
        "taj", "taj szam", "taj szám", "tajszam", "tarsadalombiztositasi")),
    ("HU", "hu_personal", "[1-8][ -]?[0-9]{6}[ -]?[0-9]{4}", checks.hungarian_personal, 0.0, (
        "szemelyi szam", "szemelyi azonosito", "személyi szám", "személyi azonosító", "szemelyi")),
    ("HU", "hu_tax", "8[0-9]{9}", checks.hungarian_tax, 0.0, (
        "adoazonosito", "adóazonosító", "adoazonosito jel", "adoszam")),
    ("IE", "ie_pps", "[0-9]{7}[A-W][A-IW]?", stdnum("ie.pps"), 0.6, ("pps", "ppsn", "pps number", "rsi")),
    ("IT", "it_fiscal_code",
     "[A-Za-z]{6}[0-9LMNP-Vlmnp-v]{2}[ABCDEHLMPRSTabcdehlmprst][0-9LMNP-Vlmnp-v]{2}[A-Za-z][0-9LMNP-Vlmnp-v]{3}[A-Za-z]",
     stdnum("it.codicefiscale"), 0.9, ("codice fiscale", "cf", "cod fisc", "fiscal code")),
    ("IT", "it_id_card", "[A-Z]{2}[0-9]{5}[A-Z]{2}|[A-Z]{2}[0-9]{7}", None, 0.0, (
        "carta d identita", "carta identita", "carta di identita", "cie")),
    ("LU", "lu_matricule", "(?:19|20)[0-9]{11}", checks.luxembourg, 0.8, ("matricule", "cnsni", "luxembourg")),
    ("MT", "mt_id", "[0-9]{3,7}[MGAPLHBZ]", None, 0.0, ("malta", "maltese", "id card", "karta tal identita")),
    ("NL", "nl_bsn", r"[0-9]{9}|[0-9]{4}[. ][0-9]{2}[. ][0-9]{3}|[0-9]{3}[. ][0-9]{3}[. ][0-9]{3}",
     stdnum("nl.bsn"), 0.0, (
        "bsn", "burgerservicenummer", "sofinummer", "sofi", "burger service nummer", "citizen service")),
    ("PL", "pl_pesel", "[0-9]{11}", stdnum("pl.pesel"), 0.5, ("pesel", "numer pesel", "nr pesel")),
    ("PL", "pl_nip", "[0-9]{3}-?[0-9]{3}-?[0-9]{2}-?[0-9]{2}|[0-9]{3}-?[0-9]{2}-?[0-9]{2}-?[0-9]{3}",
     stdnum("pl.nip"), 0.0, ("nip", "numer identyfikacji podatkowej", "podatkowy")),
    ("PL", "pl_regon", "[0-9]{14}|[0-9]{9}", stdnum("pl.regon"), 0.0, ("regon",)),
    ("PL", "pl_id_card", "[A-Z]{3} ?[0-9]{6}", checks.polish_card, 0.4, (
        "dowod", "dowodu", "dowód", "dowodem", "dowod osobisty", "seria i numer", "legitymujacy", "id card")),
    ("PT", "pt_nif", "[1-9][0-9]{2} ?[0-9]{3} ?[0-9]{3}", stdnum("pt.nif"), 0.0, (
        "nif", "contribuinte", "numero de contribuinte", "numero de identificacao fiscal")),
    ("PT", "pt_cc", "[0-9]{8} ?[0-9] ?[A-Z0-9]{2}[0-9]", stdnum("pt.cc"), 0.0, (
        "cartao de cidadao", "cartão de cidadão", "cc", "bilhete de identidade", "numero de identificacao civil")),
    ("RO", "ro_cnp", "[1-9][0-9]{12}", stdnum("ro.cnp"), 0.6, ("cnp", "cod numeric personal")),
    ("SE", "se_personnummer", "(?:19|20)?[0-9]{6}[-+][0-9]{4}", stdnum("se.personnummer"), 0.6, (
        "personnummer", "samordningsnummer", "pnr", "swedish")),
    ("SE", "se_personnummer_bare", "(?:19|20)?[0-9]{10}", stdnum("se.personnummer"), 0.0, (
        "personnummer", "samordningsnummer", "pnr", "personnr")),
    ("SI", "si_emso", "[0-3][0-9][01][0-9]{10}", stdnum("si.emso"), 0.6, ("emso", "emšo", "jmbg")),
    ("SI", "si_tax", "[1-9][0-9]{7}", stdnum("si.ddv"), 0.0, ("davcna stevilka", "davčna številka", "slovenian tax")),
    ("SK", "sk_rc", "[0-9]{6}/?[0-9]{3,4}", stdnum("sk.rc"), 0.0, ("rodne cislo", "rodné číslo", "rc")),
    ("GB", "uk_nino", "[A-CEGHJ-PR-TW-Za-ceghj-pr-tw-z][A-CEGHJ-NPR-TW-Za-ceghj-npr-tw-z][ -]?[0-9]{2}[ -]?[0-9]{2}[ -]?[0-9]{2}[ -]?[A-Da-d]", None, 0.6, (
        "nino", "ni number", "national insurance", "ni no", "nin")),
    ("GB", "uk_utr", "[0-9]{5} ?[0-9]{5}", stdnum("gb.utr"), 0.0, ("utr", "unique taxpayer reference", "hmrc")),
    ("CH", "ch_ahv", r"756[. ]?[0-9]{4}[. ]?[0-9]{4}[. ]?[0-9]{2}", stdnum("ch.ssn"), 0.8, (
        "ahv", "avs", "ahv nummer", "sozialversicherungsnummer", "numero avs", "avs nummer")),
    ("NO", "no_fnr", "[0-9]{6} ?[0-9]{5}", stdnum("no.fodselsnummer"), 0.5, (
        "fodselsnummer", "fødselsnummer", "personnummer", "fnr", "d nummer", "norwegian")),
    ("IS", "is_kennitala", "[0-3][0-9][01][0-9]{3}-?[0-9]{4}", stdnum("is_.kennitala"), 0.4, ("kennitala", "kt")),
)  # fmt: skip

#: From this score on a value speaks for itself, and general words such as "id number" lift it.
_TELLING = 0.4

PATTERNS: tuple[Pattern, ...] = tuple(
    Pattern(
        name=name,
        entity_type="NATIONAL_ID",
        body=body,
        width=32,
        score=score,
        trigger=DIGIT_RUN
        if name not in {"it_fiscal_code", "fi_hetu", "de_id_card", "fr_cni", "mt_id", "it_id_card"}
        else "",
        check=check,
        words=(ContextWords(*words) | _ID) if score >= _TELLING else ContextWords(*words),
        boosted=0.95 if check is not None else 0.75,
        border=DIGITS if body.startswith(("[0-9]", "[0-3]", "[1-", "(?:19")) else WORD,
        wary=True,
        whole=True,
        country=country,
    )
    for country, name, body, check, score, words in _ROWS
)
