"""Identity numbers with valid check digits, of many countries, and how they are asked for there."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from importlib import import_module

#: country -> module of python-stdnum, a pattern of it (``#`` digit, ``@`` letter, ``D`` date yymmdd, ``Y`` yyyymmdd,
#: ``E`` ddmmyy), the word used there for it, and a way to write it.
_PATTERNS: Mapping[str, tuple[str, str, str]] = {
    "DE": ("de.idnr", "###########", "Steuer-ID"),
    "FR": ("fr.nir", "1850#75#######?", "numéro de sécurité sociale"),
    "ES": ("es.dni", "########@", "DNI"),
    "ES-X": ("es.nie", "X#######@", "NIE"),
    "IT": ("it.codicefiscale", "@@@@@@85H1#@###@", "codice fiscale"),
    "PL": ("pl.pesel", "D#####", "PESEL"),
    "NL": ("nl.bsn", "#########", "BSN"),
    "PT": ("pt.nif", "2########", "NIF"),
    "BE": ("be.nn", "D#####", "rijksregisternummer"),
    "AT": ("at.vnr", "1###E", "Sozialversicherungsnummer"),
    "SE": ("se.personnummer", "D####", "personnummer"),
    "FI": ("fi.hetu", "E-###@", "henkilötunnus"),
    "DK": ("dk.cpr", "E####", "CPR-nummer"),
    "NO": ("no.fodselsnummer", "E#####", "fødselsnummer"),
    "CH": ("ch.ssn", "756##########", "AHV-Nummer"),
    "GB-NHS": ("gb.nhs", "##########", "NHS number"),
    "US": ("us.ssn", "5##4#####", "SSN"),
    "CA": ("ca.sin", "1########", "SIN"),
    "BR": ("br.cpf", "###########", "CPF"),
    "AU": ("au.tfn", "#########", "TFN"),
    "IN": ("in_.aadhaar", "5###########", "Aadhaar"),
    "TR": ("tr.tckimlik", "1##########", "T.C. Kimlik No"),
    "RO": ("ro.cnp", "1D12####", "CNP"),
    "CZ": ("cz.rc", "D/####", "rodné číslo"),
    "BG": ("bg.egn", "D####", "ЕГН"),
    "EE": ("ee.ik", "3D####", "isikukood"),
    "IE": ("ie.pps", "#######@", "PPS number"),
    "CN": ("cn.ric", "110105Y###?", "身份证号"),
    "KR": ("kr.rrn", "D1######", "주민등록번호"),
    "ZA": ("za.idnr", "D####08#", "ID number"),
    "MX": ("mx.curp", "GOMCDHDFLRN0#", "CURP"),
    "CL": ("cl.rut", "1########", "RUT"),
    "AR": ("ar.cuit", "20#########", "CUIT"),
}
COUNTRIES = tuple(_PATTERNS)
_TRIES = 60_000


def word(country: str) -> str:
    """Return what the number is called where it is used."""
    return _PATTERNS[country][2]


def make(own: random.Random, country: str, *, written: bool) -> str:
    """Return a number whose check digits are right, bare or as it is usually written.

    Raises:
        ValueError: none was found; the pattern is wrong.

    """
    name, pattern, _ = _PATTERNS[country]
    module = import_module(f"stdnum.{name}")
    for _ in range(_TRIES):
        drawn = _draw(own, pattern)
        if module.is_valid(drawn):
            return _write(module, drawn) if written else drawn
    raise ValueError(f"no valid number for {country}")


def _write(module: object, number: str) -> str:
    shown: Callable[[str], str] | None = getattr(module, "format", None)
    return shown(number) if shown else number


def _draw(own: random.Random, pattern: str) -> str:
    year, month, day = own.randint(60, 99), own.randint(1, 12), own.randint(1, 28)
    drawn = {
        "#": lambda: str(own.randint(0, 9)),
        "?": lambda: own.choice("0123456789X"),
        "@": lambda: own.choice("ABCDEFGHJKLMNPQRSTUVWXYZ"),
    }
    dates = {
        "D": f"{year:02}{month:02}{day:02}",
        "Y": f"19{year:02}{month:02}{day:02}",
        "E": f"{day:02}{month:02}{year:02}",
    }
    if pattern[0] in "GX":  # a literal beginning that would read as a pattern
        pattern, begun = pattern[1:], pattern[0]
    else:
        begun = ""
    if begun == "G":  # CURP: four letters, date, sex, state, three consonants, two more
        tail = own.choice("HM") + own.choice(("DF", "JC", "NL")) + "".join(own.choice("BCDFGLMNRT") for _ in range(3))
        return f"GOMC{dates['D']}{tail}0{own.randint(0, 9)}"
    return begun + "".join(dates[one] if one in dates else drawn[one]() if one in drawn else one for one in pattern)
