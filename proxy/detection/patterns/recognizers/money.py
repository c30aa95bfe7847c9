"""Cards and what is printed on them, bank accounts, crypto wallets."""

# ruff: noqa: E501 -- tables and patterns are read line by line
from __future__ import annotations

import hashlib
import re

from proxy.detection.patterns.pattern import DIGIT_RUN, DIGITS, Pattern, whole
from proxy.detection.patterns.recognizers import checks
from proxy.detection.text.context import ContextWords

CARD_WORDS = ContextWords(
    "card", "cards", "credit", "debit", "visa", "mastercard", "amex", "american express", "maestro", "discover", "jcb", "diners",
    "pan", "cc", "card number", "cardnumber", "payment", "kreditkarte", "kartennummer", "karte", "carte", "carte bancaire",
    "carte bleue", "tarjeta", "carta", "carta di credito", "cartao", "cartão", "creditcard", "kaart", "kaartnummer", "karta",
    "karty", "numer karty", "kreditkort",
)  # fmt: skip
#: ISO country -> length of its IBAN (SWIFT registry, release 99).
_IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BI": 27, "BR": 29, "BY": 28,
    "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DJ": 27, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18,
    "FK": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HN": 28, "HR": 21, "HU": 28,
    "IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20,
    "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MN": 20, "MR": 27, "MT": 31, "MU": 30, "NI": 28,
    "NL": 18, "NO": 15, "OM": 23, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "RU": 33, "SA": 24,
    "SC": 31, "SD": 18, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "SO": 23, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26,
    "UA": 29, "VA": 22, "VG": 24, "XK": 20, "YE": 30,
}  # fmt: skip
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_ISSUERS = re.compile(
    r"^(?:4[0-9]{12}(?:[0-9]{3}){0,2}|5[1-5][0-9]{14}|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720)[0-9]{10,13}|3[47][0-9]{13}"
    r"|3(?:0[0-59]|[689])[0-9]{11,16}|6(?:011|4[4-9]|5)[0-9]{11,15}|35(?:2[89]|[3-8])[0-9]{11,15}|62[0-9]{14,17}"
    r"|(?:5018|5020|5038|5893|6304|6759|676[1-3]|50|5[6-9]|6)[0-9]{8,17}|(?:60|65|81|82|508)[0-9]{13,14}|220[0-4][0-9]{12})$"
)
_SHORTEST_CARD = 13


def iban_length(value: str) -> int:
    """ISO 13616: cut to the country's length, then modulo 97."""
    wanted = _IBAN_LENGTHS.get(value[:2].upper(), 0)
    seen = end = 0
    for end, character in enumerate(value, 1):  # noqa: B007 -- the end is what is looked for
        seen += character.isalnum()
        if seen == wanted:
            break
    if not wanted or seen != wanted or (end < len(value) and value[end].isalnum()):
        return 0
    text = checks.compact(value[:end])
    number = "".join(str(int(c, 36)) for c in text[4:] + text[:4])
    return end if int(number) % 97 == 1 else 0


def iban_shaped(value: str) -> int:
    """A known country's IBAN by length whose check digits are wrong: counts in IBAN context only."""
    wanted = _IBAN_LENGTHS.get(value[:2].upper(), 0)
    return len(value) if wanted and len(checks.compact(value)) == wanted else 0


def card_length(value: str) -> int:
    """A card number of a known issuer range with a valid Luhn digit."""
    digits = checks.compact(value)
    valid = _ISSUERS.match(digits) and checks.varied(digits) and checks.luhn(digits)
    return len(value) if valid else 0


def track_length(value: str) -> int:
    """Track 2 of a magnetic stripe: card number, separator, expiry (year and month), service code."""
    number, _, rest = re.split("([=Dd])", value, maxsplit=1)
    return len(value) if card_length(number) and "01" <= rest[2:4] <= "12" else 0


def card_shaped(value: str) -> int:
    """A number as long as a card's, whatever its check digit: counts in card context only."""
    return len(value) if len(checks.compact(value)) >= _SHORTEST_CARD else 0


def is_base58(value: str) -> bool:
    """Bitcoin-style address with a double SHA-256 checksum."""
    number = 0
    for character in value:
        place = _BASE58.find(character)
        if place < 0:
            return False
        number = number * 58 + place
    try:
        raw = number.to_bytes(25, "big")
    except OverflowError:
        return False
    return hashlib.sha256(hashlib.sha256(raw[:-4]).digest()).digest()[:4] == raw[-4:]


def is_bech32(value: str) -> bool:
    """BIP 173 and BIP 350 addresses."""
    lowered = value.lower()
    prefix, _, data = lowered.rpartition("1")
    if not prefix or any(c not in _BECH32 for c in data) or value not in {lowered, value.upper()}:
        return False
    values = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix] + [_BECH32.index(c) for c in data]
    check = 1
    for number in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ number
        for bit, generator in enumerate(_GENERATORS):
            check ^= generator if top >> bit & 1 else 0
    return check in {1, 0x2BC830A3}


_SEP = "[ \u00a0\u2010-\u2013-]?"
_ACCOUNT_WORDS = (
    "(?i:(?:bank[-_ ]?)?account(?:[-_ ]?(?:number|no[.]?|nr[.]?|#|id))?|acct[.]?(?:[-_ ]?(?:number|no[.]?|#))?|a/c(?: no[.]?)?|konto(?:nummer|[-_ ]nr[.]?)?"
    "|num[eé]ro de compte|n[uú]mero de cuenta|cuenta|conto(?: corrente)?|n[uú]mero da conta|rekeningnummer|numer (?:konta|rachunku)|rachunek)"
)

#: Words between what is told of a card and the number: whose, of which card, where it stands, and what says "is".
_OF_CARD = (
    "(?:[ -](?i:of|for|from|on|to|the|my|our|his|her|their|your|this|that|new|old|bank|debit|credit|card|visa|mastercard|amex|maestro|account|back|is|are|was|will|be|number|code|no[.]?|now|reads"
    "|der|die|das|den|von|f[uü]r|auf|meiner|meine|mein|ihrer|seiner|neue|neuen|karte|kreditkarte|bankkarte|girokarte|r[uü]ckseite|ist|sind|lautet|war|hei[sß]t|nummer"
    "|de|du|la|le|les|ma|mon|sa|son|carte|bancaire|bleue|au|dos|est|sont|[eé]tait|del|el|los|mi|su|tarjeta|bancaria|reverso|es|era|son|cr[eé]dito|d[eé]bito"
    "|della|dello|di|il|mia|sua|carta|bancomat|sul|retro|[eè]|credito|do|da|o|meu|minha|cart[aã]o|verso|[eé]|s[aã]o|van|mijn|het|op|pas|bankpas|kaart|achterkant|luidt|zijn"
    "|mojej|karty|karcie|na|odwrocie|bankowej|to|jest|s[aą]|wynosi|brzmi)){0,7}"
)

PATTERNS: tuple[Pattern, ...] = (
    Pattern("card", "CREDIT_CARD", f"[0-9](?:{_SEP}[0-9]){{11,18}}", 60, 0.7, DIGIT_RUN, card_length, CARD_WORDS, 0.99, DIGITS, wary=True),
    Pattern("card_context", "CREDIT_CARD", f"[0-9](?:{_SEP}[0-9]){{11,18}}", 60, 0.0, DIGIT_RUN, card_shaped, CARD_WORDS, 0.8, DIGITS, wary=True, whole=True),
    Pattern("card_masked", "CREDIT_CARD", "(?i:card|visa|mastercard|amex)[^0-9\\n]{0,24}(?i:ending|ends|last)(?: (?i:in|with|four|4|digits|are|is|of)){0,5}[^0-9A-Za-z]{1,4}(?P<v>[0-9]{4})", 100, 0.6),
    Pattern("cvv", "CVV", "(?i:cvv2?|cvc2?|cv2|csc|card verification(?: (?:value|code))?|security code|pr[uü]fziffer|kartenpr[uü]fnummer|sicherheitscode|cryptogramme"
            "|c[oó]digo de seguran[cç]a|c[oó]digo de seguridad|codice di sicurezza|beveiligingscode|kod zabezpieczaj[aą]cy|(?:three|3|four|4) digits on the back|drei ziffern auf der r[uü]ckseite"
            "|trois chiffres au dos|tres d[ií]gitos del reverso|tre cifre sul retro|tr[eê]s d[ií]gitos (?:no|do) verso|drie cijfers op de achterkant"
            f"|trzy cyfry na odwrocie)[\"']?{_OF_CARD}[^0-9A-Za-z\\n]{{1,4}}(?P<v>[0-9]{{3,4}}|[0-9](?:[ -][0-9]){{2,3}})", 127, 0.9),
    Pattern("card_expiry", "CARD_EXPIRY", "(?i:exp(?:[.]|iry|ires|iration)?(?:[-_ ]?date)?|valid (?:thru|until|through|till)|good thru|g[uü]ltig bis|expire le|caduca|vence|scadenza|validade|geldig tot|wa[zż]na do)"
            "[\"']?(?: (?i:date|is|on)){0,5}[^0-9A-Za-z\\n]{1,4}(?P<v>(?:0[1-9]|1[0-2]) ?[/.-] ?(?:20)?[2-4][0-9])", 90, 0.8),
    Pattern("card_pin", "CARD_PIN", "(?i:pin(?:[-_ ]?(?:code|number|nummer|kod))?|geheimzahl|geheimnummer|code secret|c[oó]digo (?:pin|secreto)|codice segreto|clave secreta)"
            f"[\"']?{_OF_CARD}[^0-9A-Za-z\\n]{{1,4}}(?P<v>[0-9]{{4,6}}|[0-9](?:[ -][0-9]){{3,5}})", 127, 0.8),
    Pattern("card_track", "CARD_TRACK", "%?[A-Za-z]?[0-9]{12,19}\\^[^\\^\\n]{2,26}\\^[0-9]{4}[0-9A-Za-z =*]{0,60}\\??|;[0-9]{12,21}=[0-9=*]{4,110}\\??", 150, 0.98,
            "[0-9]{6}[\\^=]", border=("(?<![0-9])", "(?![0-9])")),
    Pattern("card_track_bare", "CARD_TRACK", "[0-9]{13,19}[=Dd][0-9]{7,30}[Ff?]?", 56, 0.9, "[0-9]{6}[=Dd][0-9]{6}", track_length, border=("(?<![0-9A-Za-z])", "(?![0-9A-Za-z])")),
    Pattern("iban", "BANK_ACCOUNT", "[A-Za-z]{2}[0-9]{2}(?:[ \u00a0-]?[0-9A-Za-z]){11,32}", 72, 0.97, "[A-Za-z]{2}[0-9]{2}[ \u00a0-]?[0-9A-Za-z]", iban_length, border=("(?<![0-9A-Za-z])", "")),
    Pattern("iban_context", "BANK_ACCOUNT", "[A-Z]{2}[0-9]{2}(?:[ -]?[0-9A-Z]){11,30}", 70, 0.0, "[A-Za-z]{2}[0-9]{2}[ \u00a0-]?[0-9A-Za-z]", iban_shaped,
            ContextWords("iban", "bank", "konto", "compte", "cuenta", "conto", "conta", "rekening", "account", "rachunek"), 0.7, whole=True),
    Pattern("bank_account", "BANK_ACCOUNT", _ACCOUNT_WORDS + "[\"']?(?: (?i:is|ist|est|es|ending in|was)){0,3}[^0-9A-Za-z\\n]{1,4}(?P<v>[0-9](?:[ -]?[0-9]){5,25})", 110, 0.75),
    Pattern("uk_account", "BANK_ACCOUNT", "[0-9]{2}-[0-9]{2}-[0-9]{2}[ ,/]{1,3}[0-9]{8}", 22, 0.7, DIGIT_RUN, border=DIGITS),
    Pattern("sort_code", "BANK_ACCOUNT", "(?i:sort[-_ ]?code|bankleitzahl|blz)[\"']?(?: (?i:is|ist))?[^0-9A-Za-z\\n]{1,3}(?P<v>[0-9]{2}[- ]?[0-9]{2}[- ]?[0-9]{2}(?:[0-9]{2})?)", 40, 0.75),
    Pattern("swift", "BANK_ACCOUNT", "(?i:swift|bic)(?:[ /-](?i:bic|code|swift)){0,3}[^0-9A-Za-z\\n]{1,3}(?P<v>[A-Z]{6}[0-9A-Z]{2}(?:[0-9A-Z]{3})?)", 40, 0.6),
    Pattern("aba", "ABA_ROUTING", "[0-9]{9}", 12, 0.0, DIGIT_RUN, checks.aba, ContextWords("routing", "routing number", "aba", "rtn", "transit", "ach", "wire"), 0.95, DIGITS, whole=True),
    Pattern("bitcoin", "CRYPTO_WALLET", "[13][1-9A-HJ-NP-Za-km-z]{25,34}", 36, 0.95, "[13][1-9A-HJ-NP-Za-km-z]{25}", whole(is_base58)),
    Pattern("tron", "CRYPTO_WALLET", "T[1-9A-HJ-NP-Za-km-z]{33}", 36, 0.95, "T[1-9A-HJ-NP-Za-km-z]{33}", whole(is_base58)),
    Pattern("bech32", "CRYPTO_WALLET", "(?:bc1|BC1|tb1|ltc1)[0-9A-Za-z]{11,87}", 92, 0.95, "(?:bc1|BC1|tb1|ltc1)[0-9A-Za-z]{11}", whole(is_bech32)),
    Pattern("ethereum", "CRYPTO_WALLET", "0x[0-9A-Fa-f]{40}", 44, 0.85, "0x[0-9A-Fa-f]{40}"),
    Pattern("monero", "CRYPTO_WALLET", "[48][0-9AB][1-9A-HJ-NP-Za-km-z]{93}", 98, 0.9, "[48][0-9AB][1-9A-HJ-NP-Za-km-z]{93}"),
)  # fmt: skip
