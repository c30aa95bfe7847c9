"""People who do not exist: names of eight languages and all that belongs to a person."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from stdnum import iban, luhn

_GIVEN: Mapping[str, str] = {
    "en": "Harriet Clifford Rosalind Desmond Gwendolyn Barnaby Philippa Alistair",
    "de": "Jörg Annegret Wolfgang Käthe Dietmar Sieglinde Jürgen Friederike",
    "fr": "Hélène Jérôme Océane Théophile Maëlle Benoît Françoise Gaëtan",
    "es": "Begoña Íñigo Rocío Álvaro Encarnación Jesús Montserrat Ramón",
    "it": "Ludovica Niccolò Fiammetta Gennaro Ilaria Pierluigi Annunziata Ruggero",
    "pl": "Małgorzata Stanisław Grażyna Zdzisław Bożena Przemysław Łucja Wojciech",
    "nl": "Marijke Joost Femke Sjoerd Liesbeth Wouter Nienke Gijsbert",
    "pt": "Conceição João Inês Gonçalo Fátima Estêvão Leonor Tomé",
}
_FAMILY: Mapping[str, str] = {
    "en": "Featherstone Whitcombe Ainsworth Threlfall O'Shaughnessy Penhaligon Cholmondeley Satterthwaite",
    "de": "Hölzenbein Krüßmann Obermüller Schönfelder Trautwein Weißgerber Döringhoff Lüttgenau",
    "fr": "Lefébure Charpentier-Noël Desrosiers Guérinet Thévenoux Bélanger D'Aubigné Vaillancourt",
    "es": "Etxeberría Nuñovero Zaragüeta Peñalosa Ibarguren Cañizares Quiñonero Arrechavaleta",
    "it": "Bevilacqua Scognamiglio Quattrocchi Dell'Orto Passalacqua Mastrangelo Sant'Elia Cacciapuoti",
    "pl": "Wójcikowska Brzęczyszczek Źdźbłowski Gołębiewska Świątkowski Dąbrówka Kościelniak Łapiński",
    "nl": "Hoogenboezem Schuurmans Terpstra Wijngaarden Duyvendak Oosterhuis Zuiderveld Brouwershaven",
    "pt": "Vasconcelos Magalhães Guimarães Assunção Figueirêdo Albuquerque Simões Carvalhosa",
}
_STREETS: Mapping[str, tuple[str, ...]] = {
    "en": ("{n} Merrowdown Lane, Bristol BS8 4QZ", "{n} Quillfeather Road, Leeds LS6 2AB", "{n} Thistlewood Avenue, Austin, TX 78704"),
    "de": ("Holunderstraße {n}, 44137 Dortmund", "Am Fuchsberg {n}, 99084 Erfurt", "Nachtigallenweg {n}, 53111 Bonn"),
    "fr": ("{n} rue des Mésanges, 69003 Lyon", "{n}, avenue du Chêneraie, 31000 Toulouse", "{n} bis rue Vauquelin-Moreau, 75005 Paris"),
    "es": ("Calle Almendral {n}, 3º B, 28013 Madrid", "Avenida de los Olivares {n}, 41001 Sevilla", "C/ Zarzamora {n}, 46001 Valencia"),
    "it": ("Via dei Ciclamini {n}, 20121 Milano", "Viale Gelsomino {n}, 80121 Napoli", "Piazza Corbezzolo {n}, 50122 Firenze"),
    "pl": ("ul. Kasztanowa {n}/4, 00-950 Warszawa", "ul. Jarzębinowa {n}, 30-001 Kraków", "al. Wierzbowa {n} m. 7, 50-001 Wrocław"),
    "nl": ("Kastanjelaan {n}, 3512 JE Utrecht", "Lijsterbesstraat {n}, 1017 AB Amsterdam", "Wilgenpad {n}-II, 9711 LM Groningen"),
    "pt": ("Rua das Magnólias {n}, 1200-109 Lisboa", "Avenida do Rouxinol {n}, 4000-001 Porto", "Travessa do Alecrim {n}, 3000-150 Coimbra"),
}  # fmt: skip
_STREET_WORDS = frozenset(
    "Merrowdown Quillfeather Thistlewood Holunderstraße Fuchsberg Nachtigallenweg Mésanges Chêneraie Vauquelin-Moreau "
    "Almendral Olivares Zarzamora Ciclamini Gelsomino Corbezzolo Kasztanowa Jarzębinowa Wierzbowa Kastanjelaan "
    "Lijsterbesstraat Wilgenpad Magnólias Rouxinol Alecrim".split()
)
_PHONES: Mapping[str, tuple[str, ...]] = {
    "en": ("+44 20 7946 0###", "(512) 555-01##", "07700 900###", "+1-737-555-01##"),
    "de": ("+49 231 5558###", "0151 2345####", "0228/55 47 ##", "(0361) 778 ## ##"),
    "fr": ("06 39 98 ## ##", "+33 1 53 67 ## ##", "04.72.55.##.##"),
    "es": ("612 34 ## ##", "+34 915 55 ## ##", "954 55 ## ##"),
    "it": ("+39 347 555 ####", "02 5555 ####", "081-5551###"),
    "pl": ("+48 601 ### ###", "22 555 ## ##", "601-###-###"),
    "nl": ("06-1234 ####", "+31 30 555 ## ##", "020 555 ####"),
    "pt": ("912 34# ###", "+351 21 555 ####", "22 555 ## ##"),
}  # fmt: skip
_DATES: Mapping[str, str] = {
    "en": "%d March %Y", "de": "%d.%m.%Y", "fr": "%d/%m/%Y", "es": "%d/%m/%Y", "it": "%d/%m/%Y", "pl": "%d.%m.%Y r.",
    "nl": "%d-%m-%Y", "pt": "%d/%m/%Y",
}  # fmt: skip
_IBANS = {"DE": 18, "FR": 23, "ES": 20, "IT": 0, "PL": 24, "NL": 0, "AT": 16, "BE": 12, "CH": 17, "PT": 21}
_CARDS = (("4", 16), ("51", 16), ("2223", 16), ("34", 15), ("6011", 16), ("36", 14))
_PLATES = ("DO-HK 4711", "B MW 2093", "ERF-TR 815", "LK23 ABZ", "8XYZ 219", "WX 4521K", "AB-123-CD", "GX-77-LPT")
LANGUAGES = tuple(_GIVEN)


@dataclass(frozen=True, slots=True)
class Value:
    """Something planted. ``marks``: each of these in what a third party got is a leak (all spellings are tried)."""

    kind: str
    text: str
    marks: tuple[str, ...]
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Person:
    """One person's values by field."""

    language: str
    given: str
    family: str
    fields: Mapping[str, Value]

    @property
    def full(self) -> str:
        """The name as it is mostly written."""
        return f"{self.given} {self.family}"

    def name(self, spelling: str) -> Value:
        """Return the name in another spelling."""
        text, both = SPELLINGS[spelling](self.given, self.family)
        marks = (self.given, self.family) if both else (self.family,)
        return Value("name", text, marks, self.language)


def plain(text: str) -> str:
    """Return a text without marks and special letters, as people type it on a foreign keyboard."""
    for one, other in (("ß", "ss"), ("ł", "l"), ("Ł", "L"), ("ø", "o")):
        text = text.replace(one, other)
    return "".join(one for one in unicodedata.normalize("NFD", text) if not unicodedata.combining(one))


#: spelling -> (text, whether it holds the given name)
SPELLINGS: Mapping[str, Callable[[str, str], tuple[str, bool]]] = {
    "plain": lambda g, f: (f"{g} {f}", True),
    "family first": lambda g, f: (f"{f}, {g}", True),
    "capitals": lambda g, f: (f"{g} {f}".upper(), True),
    "initial": lambda g, f: (f"{g[0]}. {f}", False),
    "no marks": lambda g, f: (plain(f"{g} {f}"), True),
    "decomposed": lambda g, f: (unicodedata.normalize("NFD", f"{g} {f}"), True),
    "small letters": lambda g, f: (f"{g} {f}".lower(), True),
    "middle initial": lambda g, f: (f"{g} M. {f}", True),
}


def _digits(own: random.Random, pattern: str) -> str:
    return "".join(str(own.randint(0, 9)) if one == "#" else one for one in pattern)


def card(own: random.Random, separator: str = "") -> str:
    """Return a card number that passes the check, in groups of four where there is a separator."""
    begin, length = own.choice(_CARDS[:5])
    body = _digits(own, begin + "#" * (length - len(begin) - 1))
    number = body + luhn.calc_check_digit(body)
    return separator.join(number[place : place + 4] for place in range(0, length, 4)) if separator else number


def account(own: random.Random, *, grouped: bool) -> str:
    """Return an IBAN that passes the check."""
    country = own.choice(tuple(_IBANS))
    letters = {"NL": "INGB##########", "IT": "X0542811101000000######"}
    number = ""
    for _ in range(2000):
        body = _digits(own, letters.get(country, "#" * _IBANS[country]))
        number = country + iban.calc_check_digits(f"{country}00{body}") + body
        if iban.is_valid(number):
            break
    return " ".join(number[place : place + 4] for place in range(0, len(number), 4)) if grouped else number


def person(own: random.Random, language: str) -> Person:
    """Return a person who speaks a language, with one value of each kind that is not a secret of a firm."""
    given, family = own.choice(_GIVEN[language].split()), own.choice(_FAMILY[language].split())
    handle = plain(f"{given[0]}{family}").lower().replace("'", "").replace("-", "") + str(own.randint(10, 99))
    street = own.choice(_STREETS[language]).format(n=own.randint(2, 198))
    mail = (
        plain(f"{given}.{family}").lower().replace("'", "")
        + f"@{own.choice(('nordpost.eu', 'lettermail.org', 'kontorpost.de'))}"
    )
    born = _DATES[language].replace("%d", f"{own.randint(1, 28):02}").replace("%m", f"{own.randint(1, 12):02}")
    born = born.replace("%Y", str(own.randint(1941, 2003)))
    phone = _digits(own, own.choice(_PHONES[language]))
    made = {
        "email": (mail, (mail,)),
        "phone": (phone, (phone,)),
        "address": (street, tuple(word for word in _STREET_WORDS if word in street)),
        "dob": (born, (born,)),
        "username": (handle, (handle,)),
        "ip": _same(
            f"{own.choice((84, 91, 178, 213))}.{own.randint(10, 250)}.{own.randint(1, 254)}.{own.randint(2, 254)}"
        ),
        "ipv6": _same(
            f"2a02:8{own.randint(100, 999)}:{own.randint(1000, 9999)}:{own.randint(10, 99)}::{own.randint(1000, 9999)}"
        ),
        "plate": _same(own.choice(_PLATES)),
        "mrn": _same(_digits(own, "8#######")),
        "iban": _same(account(own, grouped=own.random() < 0.5)),
        "card": _same(card(own, own.choice(("", " ", "-")))),
        "cvv": _same(_digits(own, "7##")),
        "pin": _same(_digits(own, "8###")),
        "passport": _same("C" + _digits(own, "0#######") + own.choice("FGHK")),
        "imei": _same(_imei(own)),
        "vehicle": _same("WVWZZZ1KZAW" + _digits(own, "######")),
    }
    fields = {kind: Value(kind, text, marks, language) for kind, (text, marks) in made.items()}
    fields["name"] = Value("name", f"{given} {family}", (given, family), language)
    return Person(language, given, family, fields)


def _same(text: str) -> tuple[str, tuple[str, ...]]:
    return text, (text,)


def _imei(own: random.Random) -> str:
    body = _digits(own, "35########" + "####")
    return body + luhn.calc_check_digit(body)
