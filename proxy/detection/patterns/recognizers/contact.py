"""E-mail addresses, telephone and fax numbers, user names, web and network addresses."""

# ruff: noqa: E501 -- tables and patterns are read line by line
from __future__ import annotations

import ipaddress
import re
from functools import lru_cache

import phonenumbers

from proxy.detection.patterns.pattern import DIGIT_RUN, Pattern
from proxy.detection.patterns.recognizers import checks
from proxy.detection.text.context import ContextWords, normalised

_PHONE_WORDS = ContextWords(
    "phone", "phones", "telephone", "tel", "call", "called", "calling", "mobile", "cell", "cellphone", "contact",
    "number is", "my number", "whatsapp", "sms", "text me", "dial", "hotline", "pager", "ring", "reach", "ext", "voicemail",
    "telefon", "telefonnummer", "tel nr", "handy", "handynummer", "mobil", "mobilnummer", "rufnummer", "festnetz",
    "anrufen", "erreichbar", "durchwahl", "telephone", "portable", "appeler", "joignable", "numero de telephone",
    "telefono", "teléfono", "movil", "móvil", "celular", "llamar", "tfno", "tlf", "telf", "tf", "cellulare", "chiamare",
    "telefone", "telemovel", "telemóvel", "ligar", "contacto", "telefoonnummer", "telefoon", "mobiel", "gsm", "bellen",
    "komorka", "komórka", "komorkowy", "kom", "numer telefonu", "zadzwon", "zadzwoń", "kontaktowy", "wa", "phone number",
)  # fmt: skip
_FAX_WORDS = ContextWords("fax", "telefax", "faks", "fax number", "telecopie", "faxnummer", "fax nr", "facsimile")
#: Nine digits in the groups of Spain, Portugal and Poland: alone on a line they are a telephone number.
_NINE = "[5-9][0-9]{2}(?:[ .-][0-9]{2}){3}|[5-9][0-9]{2} [0-9]{3} [0-9]{3}|[5-9][0-9]{2}-[0-9]{3}-[0-9]{3}"
#: Groups of a telephone number as its country prints them.
_GROUPS = "[0-9]{2,5}(?:[ .-][0-9]{2,6}){1,4}"
_PRINTED = ("GB", "DE", "FR", "ES", "IT", "NL", "PL", "PT")
#: Where a number written without its country code is tried, most common first.
_REGIONS = ("US", "GB", "DE", "FR", "ES", "IT", "NL", "PL", "PT", "AT", "CH", "BE", "IE", "SE", "NO", "DK", "FI", "CZ",
            "AU", "CA", "BR", "IN", "HU", "GR", "ZA", "MX", "IL", "NZ")  # fmt: skip
_DATE_LIKE = re.compile(
    r"(?:[0-3]?[0-9][./-][01]?[0-9][./-](?:19|20)[0-9]{2}|(?:19|20)[0-9]{2}[./-][01]?[0-9][./-][0-3]?[0-9])(?:[^0-9]|$)"
)
_NATIONAL_SHAPE = re.compile(
    r"^(?:\(?[2-9][0-9]{2}\)?[ .-]{1,3}[2-9][0-9]{2}[ .-][0-9]{4}|1[ .-]\(?[2-9][0-9]{2}\)?[ .-]{1,3}[0-9]{3}[ .-][0-9]{4}"
    r"|\(0[0-9]{1,4}\)[ /-]?[0-9][0-9 /-]{4,10}|0[0-9]{1,4}[ /-][0-9][0-9 /-]{4,10}|\([0-9]{2,4}\) ?[0-9 -]{6,10})"
)
_GROUP = re.compile("[0-9]+")
_MOST_DIGITS = 15
_FEWEST_DIGITS = 7
_WRITTEN_SHORT = 9


@lru_cache(maxsize=4096)
def phone_length(value: str) -> int:
    """Return how much of the value is a telephone number that some numbering plan can have issued."""
    digits = sum(map(str.isdigit, value))
    if not _FEWEST_DIGITS <= digits <= _MOST_DIGITS + 5 or _DATE_LIKE.match(value):
        return 0
    stripped = value.rstrip(" .-/(")
    if value.startswith(("+", "00")):
        return len(stripped) if _valid("+" + stripped.lstrip("+0"), None) else 0
    return len(stripped) if any(_valid(stripped, region) for region in _REGIONS) else 0


def national_length(value: str) -> int:
    """A number without country code that is also written like one, so that it needs no words around it."""
    stripped = value.rstrip(" .-/(")
    written = _NATIONAL_SHAPE.match(stripped)
    return phone_length(value) if written and written.end() >= len(stripped) - 7 else 0


def spoken_length(value: str) -> int:
    """A number that follows a word such as "phone": any run of the right length."""
    digits = sum(map(str.isdigit, value))
    fits = _FEWEST_DIGITS <= digits <= _MOST_DIGITS and not _DATE_LIKE.match(value)
    return phone_length(value) or (len(value.rstrip(" .-/(")) if fits and digits >= _WRITTEN_SHORT - 2 else 0)


@lru_cache(maxsize=1024)
def grouped_length(value: str) -> int:
    """A number of nine digits or more in the groups in which one of the countries prints its telephone numbers."""
    groups = _GROUP.findall(value)
    if sum(map(len, groups)) < _WRITTEN_SHORT or _DATE_LIKE.match(value):
        return 0
    return len(value) if any(_printed(value, region) == groups for region in _PRINTED) else 0


def _printed(value: str, region: str) -> list[str]:
    """Return the groups in which a country prints a number, none where it has none such."""
    try:
        number = phonenumbers.parse(value, region)
    except phonenumbers.NumberParseException:
        return []
    if not phonenumbers.is_valid_number(number):
        return []
    return _GROUP.findall(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL))


def _valid(value: str, region: str | None) -> bool:
    try:
        number = phonenumbers.parse(value, region)
    except phonenumbers.NumberParseException:
        return False
    return bool(phonenumbers.is_valid_number(number))


def phone_region(value: str) -> str:
    """Return the ISO country of a number written with its country code, "" where there is none."""
    try:
        number = phonenumbers.parse(value, None)
    except phonenumbers.NumberParseException:
        return ""
    return phonenumbers.region_code_for_number(number) or ""


def _phone_or_fax(_value: str, raw: str) -> str:
    before = normalised(raw)
    return "FAX_NUMBER" if _FAX_WORDS.nearest(before) > _PHONE_WORDS.nearest(before) else "PHONE_NUMBER"


_USERINFO = re.compile("[A-Za-z][0-9A-Za-z+.-]{1,24}://[^ /@]{0,128}$")


def _email_unless_url(_value: str, before: str) -> str:
    """What looks like an address behind "https://user:" is the rest of a URL."""
    return "" if _USERINFO.search(before) else "EMAIL_ADDRESS"


def is_ipv4(value: str) -> int:
    """Four octets, not a version number of zeros and not a mask."""
    try:
        address = ipaddress.IPv4Address(value)
    except ValueError:
        return 0
    return 0 if address.is_unspecified or address.is_loopback or value.startswith("255.") else len(value)


def is_ipv6(value: str) -> int:
    """An IPv6 address with at least three groups written out."""
    bare = value.rstrip(":") if not value.endswith("::") else value
    try:
        address = ipaddress.IPv6Address(bare)
    except ValueError:
        return 0
    written = sum(bool(group) for group in bare.split(":"))
    return 0 if address.is_unspecified or address.is_loopback or written < 3 else len(bare)  # noqa: PLR2004


def url_length(value: str) -> int:
    """A URL without the punctuation that closes the sentence around it."""
    end = len(value)
    while end and (
        value[end - 1] in ".,;:!?'\"*_"
        or (value[end - 1] in ")]}" and "([{"[")]}".index(value[end - 1])] not in value[:end])
    ):
        end -= 1
    return end


_LABEL = "[0-9A-Za-zÀ-ɏ](?:[0-9A-Za-zÀ-ɏ-]{0,61}[0-9A-Za-zÀ-ɏ])?"
_EMAIL = (
    f"[0-9A-Za-zÀ-ɏ!#$%&'*+/=?^_`{{|}}~.-]{{1,64}}@(?:{_LABEL}[.]){{1,8}}(?:[A-Za-z]{{2,24}}|xn--[0-9a-z-]{{2,40}})"
)
_PHONE = "(?:[+]|00 ?)?[(]?[0-9](?:[ .\u00a0\u2010\u2011\u2012\u2013/()-]{0,3}[0-9]){6,17}(?:(?: ?(?i:x|ext[.]?|extension) ?)[0-9]{1,6})?"
_SCHEMES = "(?i:https?|ftp|sftp|wss?|file|git|ssh|ldaps?|smb)"

_NO_NAMES = frozenset(
    {
        "and",
        "the",
        "for",
        "with",
        "password",
        "name",
        "required",
        "string",
        "null",
        "none",
        "true",
        "false",
        "page",
        "screen",
        "form",
        "button",
        "field",
    }
)


#: What a program reads a user name from: "local.db_user".
_REFERENCE = re.compile("(?:local|var|module|data|self|this|env|process|config|settings|os|values|secrets)[.]")


def username_length(value: str) -> int:
    """A login name: not a word of the sentence, but letters with a digit or a sign among them."""
    bare = value.rstrip(".@-")
    if _REFERENCE.match(bare):
        return 0
    special = any(not c.isalpha() for c in bare) and any(map(str.isalpha, bare))
    return len(bare) if special and bare.lower() not in _NO_NAMES else 0


PATTERNS: tuple[Pattern, ...] = (
    Pattern("email", "EMAIL_ADDRESS", _EMAIL, 640, 0.95, "@[0-9A-Za-zÀ-ɏ]", shape="@[0-9A-Za-zÀ-ɏ]", lead=64, border=("(?<![0-9A-Za-zÀ-ɏ@/!#$%&*+=?^_`{|}~.-])", r"(?![0-9A-Za-z@])"), refine=_email_unless_url),
    Pattern("phone_international", "PHONE_NUMBER", "(?:[+]|00 ?)" + _PHONE.removeprefix("(?:[+]|00 ?)?"), 100, 0.9, DIGIT_RUN, phone_length, _PHONE_WORDS, 0.95,
            ("(?<![0-9A-Za-z.,/+-])", "(?![0-9A-Za-z])"), refine=_phone_or_fax),
    Pattern("phone_national", "PHONE_NUMBER", _PHONE, 100, 0.6, DIGIT_RUN, national_length, _PHONE_WORDS | _FAX_WORDS, 0.95,
            ("(?<![0-9A-Za-z.,/+=#-])", "(?![0-9A-Za-z]|[.,:/-][0-9A-Za-z])"), wary=True, refine=_phone_or_fax),
    Pattern("phone_line", "PHONE_NUMBER", f"(?:[-*•] |[0-9]{{1,2}}[.)] )?(?P<v>{_NINE})", 24, 0.6, "[5-9][0-9]{2}[ .-][0-9]", phone_length, border=("(?<![^\\n>\"'|])", "(?![^\\r\\n<\"'|])")),
    Pattern("phone_cell", "PHONE_NUMBER", f"(?:[-*•] |[0-9]{{1,2}}[.)] )?(?P<v>{_GROUPS})", 40, 0.6, "[0-9]{2}[ .-][0-9]", grouped_length, border=("(?<![^\\n>\"'|;\\t])", "(?![^\\r\\n<\"'|;\\t])")),
    Pattern("phone_context", "PHONE_NUMBER", _PHONE, 100, 0.0, DIGIT_RUN, spoken_length, _PHONE_WORDS | _FAX_WORDS, 0.75,
            ("(?<![0-9A-Za-z.,/+=-])", "(?![0-9A-Za-z]|[.,:/-][0-9])"), wary=True, refine=_phone_or_fax),
    Pattern("ipv4", "IP_ADDRESS", "(?:[0-9]{1,3}[.]){3}[0-9]{1,3}", 16, 0.7, "[0-9][.][0-9]{1,3}[.][0-9]{1,3}[.][0-9]", is_ipv4,
            ContextWords("ip", "ip address", "host", "server", "addr", "client", "remote", "login", "from"), 0.95,
            ("(?<![0-9A-Za-z.])", "(?![0-9A-Za-z]|[.][0-9A-Za-z])"), wary=True),
    Pattern("ipv6", "IP_ADDRESS", "(?:[0-9A-Fa-f]{1,4}:{1,2}){2,7}[0-9A-Fa-f]{0,4}", 48, 0.9, "[0-9A-Fa-f]{1,4}:[0-9A-Fa-f]{0,4}:", is_ipv6,
            border=("(?<![0-9A-Za-z:.])", "(?![0-9A-Za-z:])")),
    Pattern("mac", "DEVICE_ID", "[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}|[0-9A-Fa-f]{4}[.][0-9A-Fa-f]{4}[.][0-9A-Fa-f]{4}", 20, 0.9,
            "[0-9A-Fa-f]{2}[:-][0-9A-Fa-f]{2}[:-][0-9A-Fa-f]{2}|[0-9A-Fa-f]{4}[.][0-9A-Fa-f]{4}[.]",
            border=("(?<![0-9A-Za-z:.-])", "(?![0-9A-Za-z:-]|[.][0-9A-Fa-f]{4})")),
    Pattern("mac_bare", "DEVICE_ID", "(?i:mac)(?:[-_ ]?(?i:addr(?:ess)?|id|is|of)){0,2}[\"']?[^0-9A-Za-z\\n]{1,4}(?P<v>[0-9A-Fa-f]{12})", 40, 0.85, check=checks.has_digit),
    Pattern("url", "URL", _SCHEMES + "://[^ \t\r\n<>\"'`\\\\{}|^]{2,2000}", 2020, 0.6, "://", url_length, shape="://", lead=8, border=("(?<![0-9A-Za-z])", "")),
    Pattern("url_www", "URL", "(?i:www)[.][0-9A-Za-zÀ-ɏ-]{1,63}[.][^ \t\r\n<>\"'`\\\\{}|^]{2,2000}", 2070, 0.6, "(?i:www)[.][0-9A-Za-zÀ-ɏ-]", url_length, shape="(?i:www)[.][0-9A-Za-zÀ-ɏ-]",
            border=("(?<![0-9A-Za-z./@])", "")),
    Pattern("username", "USERNAME",
            "(?i:user[-_ ]?name|user[-_ ]?id|login(?:[-_ ]?name)?|handle|screen[-_ ]?name|benutzernamen?|benutzerkennung|anmeldenamen?|kontonamen?|nom d'utilisateur|identifiant|usuario"
            "|nome utente|nome de (?:utilizador|usu[áa]rio)|gebruikersnaam|nazwa u[zż]ytkownika|user|utilisateur|pseudo(?:nyme)?|profil[oe]?|utente|utilizador|usu[áa]rio|gebruiker|u[zż]ytkownik|benutzer|login|posted by|publi[ée] par|postado por|geplaatst door)[\"']?(?: (?i:is|ist|est|es|to))?[:= ]{1,3}[\"'@]{0,2}(?P<v>[0-9A-Za-z][0-9A-Za-z._@-]{2,40})",
            100, 0.6, check=username_length),
    Pattern("handle", "USERNAME", "@(?P<v>[A-Za-z_][0-9A-Za-z_]{2,30})", 34, 0.0, "@[A-Za-z_]", border=("(?<![0-9A-Za-z._%+-])", "(?![0-9A-Za-z.@])"),
            words=ContextWords("twitter", "instagram", "handle", "telegram", "tiktok", "follow me", "username", "mastodon", "threads"), boosted=0.6),
)  # fmt: skip
