"""Postal codes, street addresses and coordinates that can be told by their form or by the words around them."""

# ruff: noqa: E501, RUF001 -- tables and patterns are read line by line
from __future__ import annotations

from proxy.detection.patterns.pattern import DIGITS, Pattern
from proxy.detection.text.context import ContextWords

_CAP = "[A-ZÀ-ÞŁŚŻŹĆ][0-9A-Za-zÀ-ɏ'’.-]{0,30}"
_SMALL = "(?:de|del|de la|de los|de las|du|des|da|do|dos|das|di|della|dei|van|van de|van der|von|la|le|les|l'|d'|y|et|e|of|the)"
_NAME = f"(?:{_CAP}|{_SMALL})(?: (?:{_CAP}|{_SMALL}|[0-9]{{1,2}}(?:st|nd|rd|th|º|ª)?)){{0,5}}"
_US_TYPES = (
    "(?:Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Circle|Cir|Way|Place|Pl|Terrace|Ter|Parkway|Pkwy|Highway|Hwy|Square|Sq|Trail|Trl|Close|Crescent|Cres"
    "|Gardens|Grove|Mews|Row|Hill|Alley|Loop|Plaza|Broadway|Pike|Run|Path|Point|Ridge|View|Heights|Quay|Walk|Green)"
)
_UNIT = "(?:,? {1,2}(?:Apt|Apartment|Suite|Ste|Unit|Flat|Floor|Fl|Room|Rm|Bldg|#)[.]? ?#?[0-9A-Za-z-]{1,6})?"
_STATES = "A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY]|PR"
_POST_WORDS = ContextWords(
    "zip", "zip code", "zipcode", "postal", "postal code", "postcode", "post code", "plz", "postleitzahl", "cp", "code postal", "codigo postal", "cap",
    "codice postale", "cep", "postcode", "kod pocztowy", "address", "adresse", "direccion", "domicilio", "indirizzo", "morada", "endereco", "adres", "anschrift",
)  # fmt: skip
_ROAD_WORDS = ContextWords(
    *_POST_WORDS.phrases, "street", "avenue", "road", "straße", "strasse", "str", "weg", "platz", "allee", "gasse", "rue", "boulevard", "calle", "c", "avenida", "av",
    "avda", "plaza", "paseo", "via", "viale", "piazza", "corso", "rua", "praca", "travessa", "straat", "laan", "gracht", "ul", "ulica", "al", "os", "wohnhaft", "lives", "living",
)  # fmt: skip


def _coordinates(value: str) -> int:
    latitude, longitude = (float(part) for part in value.replace(",", " ").split()[:2])
    return len(value) if abs(latitude) <= 90 and abs(longitude) <= 180 else 0  # noqa: PLR2004


PATTERNS: tuple[Pattern, ...] = (
    Pattern("street_english", "STREET_ADDRESS", f"[0-9]{{1,6}}[A-Za-z]?,? (?:[NSEW]{{1,2}}[.]? )?(?:{_CAP} ){{1,4}}{_US_TYPES}[.]?(?: [NSEW]{{1,2}})?{_UNIT}", 240, 0.75, border=("(?<![0-9A-Za-z$€£.,/-])", "(?![0-9A-Za-zÀ-ɏ])")),
    Pattern("street_po_box", "STREET_ADDRESS", "(?i:p[.]?o[.]? box|postfach|apartado(?: de correos)?|bo[iî]te postale|bp|casella postale|postbus|skrytka pocztowa) {1,2}[0-9][0-9 ]{0,8}[0-9]?", 40, 0.7),
    Pattern("street_german", "STREET_ADDRESS", "(?:[A-ZÄÖÜ][a-zäöüß.]{1,24}[- ]){0,3}(?:[A-ZÄÖÜ][a-zäöüß-]{1,24}(?:weg|platz|allee|gasse|(?:er|en|s|l|d)ring|damm|ufer|steig|chaussee|markt|graben|stieg)|[A-ZÄÖÜ]?[a-zäöüß-]{1,24}(?i:straße|strasse|str[.]))[ -]{1,2}[0-9]{1,4} ?[a-z]?(?:[-/ ]{1,3}[0-9]{1,4})?", 160, 0.75,
            "(?i:stra(?:ß|ss)e|str[.]|weg|platz|allee|gasse|ring|damm|ufer|steig|chaussee|markt|graben|stieg)[ -]{1,2}[0-9]"),
    Pattern("street_german_apart", "STREET_ADDRESS", "(?:[A-ZÄÖÜ][a-zäöüß.]{1,20}[- ]){1,3}(?:Straße|Strasse|Str[.]|Weg|Platz|Allee|Gasse|Ring|Damm|Ufer)[ -]{1,2}[0-9]{1,4} ?[a-z]?", 110, 0.75),
    Pattern("street_dutch", "STREET_ADDRESS", "(?:[A-Z][a-zë.]{1,20} ){0,3}[A-Za-z][a-zë-]{1,24}(?:straat|laan|weg|plein|gracht|kade|dijk|singel|hof|steeg|pad|dreef) [0-9]{1,4} ?[a-zA-Z]?(?:[-/ ][0-9]{1,3})?", 120, 0.75,
            "(?:straat|laan|weg|plein|gracht|kade|dijk|singel|hof|steeg|pad|dreef) [0-9]"),
    Pattern("street_french", "STREET_ADDRESS", f"[0-9]{{1,4}}(?: ?(?:bis|ter|quater))?,? (?i:rue|avenue|av[.]|boulevard|bd|place|chemin|all[ée]e|impasse|quai|route|cours|square|passage|faubourg|villa|r[ée]sidence|sentier) {_NAME}", 260, 0.75,
            "[0-9](?: ?(?:bis|ter|quater))?,? (?i:rue|avenue|av[.]|boulevard|bd|place|chemin|all[ée]e|impasse|quai|route|cours|square|passage|faubourg|villa|r[ée]sidence|sentier) "),
    Pattern("street_iberian", "STREET_ADDRESS", f"(?:C/[.]? ?|(?:Avda[.]|Av[.]|Pza[.]|Pl[.]|Ctra[.]|Urb[.]) ?|(?:Calle|calle|CALLE|Avenida|Avda|Plaza|Paseo|P[ºo][.]?|Ronda|Camino|Carretera|Ctra|Traves[ií]a|Urbanizaci[óo]n|Rua|Travessa|Pra[çc]a|Largo|Alameda|Estrada) ){{1,2}}{_NAME},?(?: (?:n[ºo°][.]?|num[.]?|n[uú]mero) ?)?"
            "(?:,? ?(?:[0-9]{1,4} ?[A-Za-z]?(?![0-9])|[sS]/[nN]))?(?:[-, .]{1,3}(?:[0-9]{1,2}[ºª°]? ?[A-Z]{0,2}|[A-Z]|[Bb]ajo|[Pp]iso|[Pp]orta(?:l)?|[Ee]sc[.]?|[Pp]uerta|P[0-9]|[Dd]cha|[Ii]zq(?:da)?)(?![0-9A-Za-zÀ-ɏ/])){0,4}".replace("(?![0-9])", "").replace("(?![0-9A-Za-zÀ-ɏ/])", ""), 330, 0.65,
            "C/|Avda[.]|Av[.]|Pza[.]|Pl[.]|Ctra[.]|Urb[.]|(?:Calle|calle|CALLE|Avenida|Avda|Plaza|Paseo|P[ºo][.]?|Ronda|Camino|Carretera|Ctra|Traves[ií]a|Urbanizaci[óo]n|Rua|Travessa|Pra[çc]a|Largo|Alameda|Estrada) ", border=("(?<![^\\W_])", "(?![^\\W_])")),
    Pattern("street_italian", "STREET_ADDRESS", f"(?:[Vv]ia|VIA|[Vv]iale|[Pp]iazza|[Pp]iazzale|[Cc]orso|Largo|[Vv]icolo|Strada|[Cc]ontrada) (?:{_SMALL} ){{0,2}}{_CAP}(?: (?:{_CAP}|{_SMALL})){{0,5}},? ?(?:n[.°]? ?)?[0-9]{{1,4}} ?(?:/? ?[A-Za-z])?", 260, 0.75,
            "(?:[Vv]ia|VIA|[Vv]iale|[Pp]iazza|[Pp]iazzale|[Cc]orso|Largo|[Vv]icolo|Strada|[Cc]ontrada) "),
    Pattern("street_polish", "STREET_ADDRESS", f"(?i:ul[.]|al[.]|pl[.]|os[.]|ulica|ulicy|aleja|alei|aleje|plac|placu|osiedle|osiedlu|rondo) {{0,2}}{_NAME},? [0-9]{{1,4}}[A-Za-z]?(?:/[0-9]{{1,4}}[A-Za-z]?)?(?:(?: m[.]?| lok[.]?|,? bl[.]|,? kl[.]) ?[0-9A-Z]{{1,4}}){{0,3}}", 260, 0.75,
            "(?i:ul[.]|al[.]|pl[.]|os[.]|ulica|ulicy|aleja|alei|aleje|plac|placu|osiedle|osiedlu|rondo) {0,2}[0-9A-Za-zÀ-ɏ]"),
    Pattern("us_zip", "ZIP_CODE", f"(?:{_STATES}),? {{1,2}}(?P<v>[0-9]{{5}}(?:-[0-9]{{4}})?)", 18, 0.7, country="US"),
    Pattern("zip_plus_four", "ZIP_CODE", "[0-9]{5}-[0-9]{4}", 11, 0.4, words=_POST_WORDS, boosted=0.8, border=DIGITS, wary=True, country="US"),
    Pattern("zip_context", "ZIP_CODE", "(?i:zip(?:[-_ ]?code)?|postal[-_ ]?code|post ?code|plz|postleitzahl|c[.]?p[.]?|code postal|c[oó]digo postal|cap|cep|kod pocztowy)(?: (?i:is|ist|est|es))?[\"']?[:= .]{1,3}[\"']?(?P<v>(?:[A-Z]-?)?[0-9]{4,5}(?:-[0-9]{3,4})?)", 50, 0.8),
    Pattern("code_and_city", "ZIP_CODE", "(?P<v>(?:[A-Z]{1,2}-)?[0-9]{4,5})[ ,]{1,2}[A-ZÀ-Þ][a-zà-ÿ]{2,30}", 46, 0.0, "[0-9]{4}[ ,]{1,2}[A-ZÀ-Þ][a-zà-ÿ]", words=_ROAD_WORDS, boosted=0.55, border=DIGITS, wary=True),
    Pattern("uk_postcode", "ZIP_CODE", "(?:GIR ?0AA|[A-PR-UWYZ](?:[0-9]{1,2}|[A-HK-Y][0-9]|[A-HK-Y][0-9][0-9ABEHMNPRV-Y]|[0-9][A-HJKPS-UW]) {0,2}[0-9][ABD-HJLNP-UW-Z]{2})", 12, 0.6, words=_POST_WORDS, boosted=0.9, country="GB"),
    Pattern("ca_postal", "ZIP_CODE", "[ABCEGHJ-NPRSTVXY][0-9][ABCEGHJ-NPRSTV-Z][ -][0-9][ABCEGHJ-NPRSTV-Z][0-9]", 9, 0.5, words=_POST_WORDS, boosted=0.9, country="CA"),
    Pattern("nl_postcode", "ZIP_CODE", "[1-9][0-9]{3} ?(?:[A-RT-Z][A-Z]|S[BCE-RT-Z])", 9, 0.0, words=_ROAD_WORDS, boosted=0.75, country="NL"),
    Pattern("nl_postcode_city", "ZIP_CODE", "(?P<v>[1-9][0-9]{3} ?(?:[A-RT-Z][A-Z]|S[BCE-RT-Z])) [A-Z][a-z]{3,30}", 42, 0.5, words=_ROAD_WORDS, boosted=0.75, wary=True, country="NL"),
    Pattern("pl_postcode", "ZIP_CODE", "(?P<v>[0-9]{2}-[0-9]{3}) [A-ZĄĆĘŁŃÓŚŹŻ][a-ząćęłńóśźż]{2,30}", 40, 0.7, "[0-9]{2}-[0-9]{3} ", border=DIGITS, country="PL"),
    Pattern("pt_postcode", "ZIP_CODE", "[1-9][0-9]{3}-[0-9]{3}", 9, 0.0, words=_ROAD_WORDS, boosted=0.75, border=DIGITS, country="PT"),
    Pattern("coordinates", "GEO_COORDINATES", "[+-]?[0-9]{1,2}[.][0-9]{3,12}[°]?[, ]{1,3}[+-]?[0-9]{1,3}[.][0-9]{3,12}", 42, 0.7, "[0-9][.][0-9]{3,12}[°]?[, ]{1,3}[+-]?[0-9]{1,3}[.][0-9]{3}", lambda v: _coordinates(v.replace("°", "")) and len(v), border=("(?<![0-9A-Za-z.,])", "(?![0-9A-Za-z]|[.][0-9])")),
    Pattern("coordinates_field", "GEO_COORDINATES", "(?i:lat(?:itude)?|lon(?:gitude)?|lng)[\"']?[:= ]{1,3}[\"']?(?P<v>[+-]?[0-9]{1,3}[.][0-9]{3,12})", 36, 0.8),
    Pattern("coordinates_degrees", "GEO_COORDINATES", "[0-9]{1,2}°[ ]?[0-9]{1,2}['′][ ]?(?:[0-9]{1,2}(?:[.][0-9]{1,4})?[\"″])?[ ]?[NS],?[ ]{0,2}[0-9]{1,3}°[ ]?[0-9]{1,2}['′][ ]?(?:[0-9]{1,2}(?:[.][0-9]{1,4})?[\"″])?[ ]?[EWO]", 60, 0.9, "[0-9]°[ ]?[0-9]", border=("(?<![0-9])", "")),
    Pattern("facility", "ORGANIZATION", f"(?:(?:St[.]|Saint|Mt[.]|Mount|{_CAP}) (?:{_CAP} |of |the |and |& ){{0,5}})(?:Hospital|Hospitals|Clinic|Medical Center|Medical Centre|Health Center|Health Centre|Healthcare|Health System|Infirmary|Hospice|Cancer Center|Nursing Home|Rehab(?:ilitation)?(?: Center)?|Urgent Care|Care Center|Surgery Center|Health)", 260, 0.6,
            "(?:Hospital|Hospitals|Clinic|Medical Cent|Health Cent|Healthcare|Health|Infirmary|Hospice|Cancer Center|Nursing Home|Rehab|Urgent Care|Care Center|Surgery Center)"),
)  # fmt: skip
