"""Names of people from many countries, and the ways they are written."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cache
from typing import Any

from faker import Faker

from training.detector.generate.forms import FORMS

HOME = {
    "en": ["en_US"] * 5 + ["en_GB"] * 2 + ["en_CA", "en_AU", "en_IN", "en_IE", "en_NZ"],
    "de": ["de_DE"] * 4 + ["de_AT", "de_CH"],
    "fr": ["fr_FR"] * 4 + ["fr_CA", "fr_CH"],
    "es": ["es_ES"] * 3 + ["es_MX", "es_CO", "es_AR", "es_CL"],
    "it": ["it_IT"],
    "pt": ["pt_PT", "pt_BR"],
    "nl": ["nl_NL"] * 3 + ["nl_BE"],
    "pl": ["pl_PL"],
    "cs": ["cs_CZ"],
    "ro": ["ro_RO"],
    "sv": ["sv_SE"],
    "tr": ["tr_TR"],
    "da": ["da_DK"],
    "fi": ["fi_FI"],
    "hu": ["hu_HU"],
    "uk": ["uk_UA"],
}
WORLD = [
    *("en_US", "en_GB", "en_IN", "de_DE", "fr_FR", "es_ES", "es_MX", "it_IT", "pt_PT", "pt_BR", "nl_NL", "pl_PL"),
    *("tr_TR", "sv_SE", "no_NO", "da_DK", "fi_FI", "cs_CZ", "hu_HU", "ro_RO", "hr_HR", "sl_SI", "sk_SK", "lt_LT"),
    *("lv_LV", "et_EE", "vi_VN", "id_ID", "az_AZ", "zu_ZA", "yo_NG", "tw_GH", "en_PK", "fil_PH", "ga_IE", "sq_AL"),
]
ROMANISED = {
    "zh": (
        "Wei Fang Jing Li Min Na Hui Xiaoming Yan Jun Lei Ying Yuting Zihan Haoran Mei Xin Qiang Ting Bo Jiayi Rui",
        "Wang Li Zhang Liu Chen Yang Huang Zhao Wu Zhou Xu Sun Ma Zhu Hu Guo He Lin Gao Luo Deng Tang Feng Xie Cheng",
    ),
    "ja": (
        "Haruto Yuki Sakura Aiko Kenji Hiroshi Takumi Yui Naoki Emi Ren Mio Daiki Keiko Satoshi Ayaka Kaito Noriko",
        "Sato Suzuki Takahashi Tanaka Watanabe Ito Yamamoto Nakamura Kobayashi Kato Yoshida Yamada Sasaki Matsumoto",
    ),
    "ko": (
        "Minjun Seo-yeon Ji-woo Hyun-woo Eun-ji Sung-min Ha-eun Jae-hyun Soo-jin Dong-hyun Yuna Tae-hee Min-ji",
        "Kim Lee Park Choi Jung Kang Cho Yoon Jang Lim Han Oh Seo Shin Kwon Hwang Ahn Song Ryu Hong",
    ),
    "ar": (
        "Mohammed Ahmed Fatima Aisha Omar Yusuf Layla Hassan Khalid Mariam Zainab Ibrahim Nour Tariq Salma Rania Bilal",
        "Al-Masri Haddad Khoury Abdallah Mansour El-Sayed Farouk Al-Rashid Nasser Saleh Hamdan Aziz Said Othman Bakri",
    ),
    "fa": (
        "Reza Maryam Ali Sara Hossein Zahra Mehdi Parisa Farhad Shirin Babak Nasrin Kaveh Leila Arash Mina",
        "Ahmadi Hosseini Rezaei Karimi Mohammadi Jafari Moradi Rahimi Tehrani Shirazi Ghorbani Kazemi Bagheri",
    ),
    "in": (
        "Aarav Priya Rahul Ananya Vikram Deepika Arjun Kavya Rohan Sunita Sanjay Lakshmi Amit Neha Suresh Pooja Ravi",
        "Sharma Patel Singh Kumar Gupta Reddy Iyer Nair Khan Das Mukherjee Chatterjee Joshi Mehta Desai Rao Menon Bose",
    ),
    "ru": (
        "Ivan Olga Dmitri Natalia Sergei Anna Alexei Irina Mikhail Tatiana Vladimir Elena Nikolai Svetlana Andrei",
        "Ivanov Petrova Smirnov Kuznetsova Popov Volkova Sokolov Lebedeva Kozlov Novikova Morozov Pavlova Fedorov",
    ),
    "gr": (
        "Giorgos Maria Dimitris Eleni Kostas Katerina Nikos Sofia Yannis Ioanna Panagiotis Despina Thanos",
        "Papadopoulos Nikolaidis Georgiou Pappas Konstantinou Vlachos Angelopoulos Makris Dimitriou Economou",
    ),
    "af": (
        "Chinedu Amara Kwame Ama Tendai Naledi Sipho Thandiwe Abebe Selam Haile Wanjiru Otieno Achieng Fatou Mamadou",
        "Okafor Adeyemi Mensah Owusu Moyo Dlamini Nkosi Tesfaye Bekele Kamau Mwangi Odhiambo Diallo Traore Ndiaye Eze",
    ),
}
TITLES = {
    "en": ["Mr.", "Mrs.", "Ms.", "Dr.", "Prof.", "Miss", "Mr", "Mrs", "Ms", "Dr", "Sir", "Rev."],
    "de": ["Herr", "Frau", "Dr.", "Prof. Dr.", "Dr. med.", "Herrn", "PD Dr.", "Dipl.-Ing.", "Fr.", "Hr.", "OA Dr."],
    "fr": ["M.", "Mme", "Mlle", "Dr", "Docteur", "Pr", "Monsieur", "Madame", "Me", "Maître"],
    "es": ["Sr.", "Sra.", "Dr.", "Dra.", "Don", "Doña", "D.", "Dña.", "Srta."],
    "it": ["Sig.", "Sig.ra", "Dott.", "Dott.ssa", "Avv.", "Ing.", "Prof.", "Prof.ssa", "Signor", "Signora"],
    "pt": ["Sr.", "Sra.", "Dr.", "Dra.", "Senhor", "Senhora", "Eng.", "Prof."],
    "nl": ["Dhr.", "Mevr.", "dhr.", "mevr.", "Dr.", "Drs.", "mevrouw", "meneer", "Prof.", "mw."],
    "pl": ["Pan", "Pani", "dr", "mgr", "inż.", "Pana", "Panią", "lek.", "prof.", "dr hab.", "Panem", "adw."],
    "cs": [
        *("Pan", "pan", "Paní", "paní", "Dr.", "MUDr.", "Ing.", "Mgr.", "JUDr."),
        *("Bc.", "PhDr.", "prof.", "doc.", "RNDr.", "pana", "panu", "slečna"),
    ],
    "ro": [
        *("Dl.", "D-na", "dl.", "d-na", "Dr.", "Ing.", "Prof.", "Av.", "Domnul"),
        *("Doamna", "domnul", "doamna", "Conf. dr.", "D-ra", "ec."),
    ],
    "sv": [
        *("Herr", "Fru", "herr", "fru", "fröken", "Dr", "Dr.", "Prof.", "professor"),
        *("doktor", "docent", "överläkare", "Adv."),
    ],
    "tr": [
        *("Sayın", "Bay", "Bayan", "Dr.", "Prof. Dr.", "Doç. Dr.", "Av.", "Uzm. Dr.", "Op. Dr."),  # noqa: RUF001
        *("Müh.", "Öğr. Gör."),
    ],
    "da": ["Hr.", "hr.", "Fru", "fru", "Frk.", "Dr.", "dr.", "Overlæge", "overlæge", "Adv.", "prof.", "lektor"],
    "fi": ["herra", "rouva", "Herra", "Rouva", "neiti", "tohtori", "Tri", "professori", "dosentti", "LL", "maisteri"],
    "hu": ["Dr.", "dr.", "Prof.", "úr", "ifj.", "id.", "özv.", "Prof. Dr."],
    "uk": ["пан", "пані", "Пан", "Пані", "пана", "лікар", "професор", "доцент", "д-р", "адвокат", "проф."],  # noqa: RUF001
}


#: Forms of address that name no degree: written before names, and no part of them.
SALUTATIONS = frozenset(
    "Herr Frau Herrn Fr. Hr. M. Mme Mlle Monsieur Madame Sr. Sra. Don Doña D. Dña. Srta. Sig. Sig.ra Signor Signora"
    " Senhor Senhora Dhr. Mevr. dhr. mevr. mevrouw meneer mw. Pan Pani Pana Panią Panem"
    " pan Paní paní pana panu slečna p. Dl. D-na dl. d-na D-ra Domnul Doamna domnul doamna Fru herr fru fröken"
    " Sayın Bay Bayan hr. frk. Frk. herra rouva Herra Rouva neiti пан пані Пан Пані пана".split()  # noqa: RUF001
)


@cache
def locale(name: str) -> Any:
    return Faker(name)


@cache
def _pool(name: str, part: str) -> tuple[str, ...]:
    """All distinct first or last names of a locale, without forms that need another script."""
    if name in ROMANISED:
        return tuple(ROMANISED[name][0 if part == "first" else 1].split())
    fake = locale(name)
    make = fake.first_name if part == "first" else fake.last_name
    return tuple(dict.fromkeys(make() for _ in range(900)))


@dataclass(frozen=True)
class Person:
    """One made-up person, the same through a document."""

    given: str
    middle: str
    surname: str

    @property
    def full(self) -> str:
        return f"{self.given} {self.surname}"


def person(rng: random.Random, language: str) -> Person:
    """A person; more than half the time from the document's own language area."""
    draw = rng.random()
    if draw < 0.52:
        place = rng.choice(HOME[language])
    elif draw < 0.84:
        place = rng.choice(WORLD)
    else:
        place = rng.choice(list(ROMANISED))
    given = rng.choice(_pool(place, "first"))
    surname = rng.choice(_pool(place, "last"))
    if rng.random() < 0.06:
        surname += "-" + rng.choice(_pool(place, "last"))
    if place.startswith(("es_", "pt_")) and rng.random() < 0.45:
        surname += " " + rng.choice(_pool(place, "last"))
    return Person(given, rng.choice(_pool(place, "first")), surname)


def foreigner(rng: random.Random) -> Person:
    """A person from outside western Europe."""
    far = [place for place in WORLD if place[:2] not in HOME]
    place = rng.choice(far if rng.random() < 0.4 else list(ROMANISED))
    given, surname = rng.choice(_pool(place, "first")), rng.choice(_pool(place, "last"))
    return Person(given, rng.choice(_pool(place, "first")), surname)


def full(rng: random.Random, who: Person) -> str:
    """The ways a whole name is written."""
    ways = {
        who.full: 71,
        f"{who.given} {who.middle[0]}. {who.surname}": 7,
        f"{who.given} {who.middle} {who.surname}": 4,
        f"{who.given[0]}. {who.surname}": 5,
        f"{who.given} {who.surname[0]}.": 5,
        f"{who.surname}, {who.given}": 4,
        who.full.upper(): 3,
        who.full.lower(): 3,
        f"{who.surname} {who.given}": 2,
        f"{who.surname.upper()} {who.given}": 1,
    }
    return rng.choices(list(ways), list(ways.values()))[0]


#: language -> case -> how an ending changes; "" stands for a consonant at the end. The last ending that fits is taken
#: by length. In Finnish the cases are genitive, allative and ablative, in Hungarian accusative, dative, instrumental.
_CASES = FORMS["CASES"]
_VOWELS = "aeiouyáéíóúůýěäöőüűęąœæøåаеєиіїоуюя."  # noqa: RUF001


def _inflected(word: str, endings: dict[str, str]) -> str:
    for old in sorted(filter(None, endings), key=len, reverse=True):
        if word.lower().endswith(old):
            return word[: -len(old)] + endings[old]
    return word + endings.get("", "") if word[-1].lower() not in _VOWELS else word


def inflect(name: str, case: str, language: str = "pl") -> str:
    """A name in another case; approximate, which is enough to learn that names change their endings."""
    endings = _CASES.get(language, _CASES["pl"])[case]
    if language == "hu":  # the last word alone
        head, _, last = name.rpartition(" ")
        return f"{head} {_inflected(last, endings)}".strip()
    return " ".join(_inflected(word, endings) for word in name.split())
