"""Names of people told by what stands before them: a title, a label, a form of address, or a single initial behind.

General rules in the eight languages; the models find the names that stand alone.
"""

# ruff: noqa: E501, RUF001 -- tables and patterns are read line by line
from __future__ import annotations

import re

from proxy.core.findings import Finding
from proxy.detection.languages import words as vocabulary
from proxy.detection.meaning.terms import TermFinder

_UP = "A-ZÀ-ÖØ-ÞĄĆĘŁŃÓŚŹŻŠŽČĐ"
_LETTER = r"[^\W\d_ºª]"
_PART = rf"(?:[{_UP}]{_LETTER}{{0,2}}\.|[{_UP}]{_LETTER}*(?:[-'’][{_UP}]?{_LETTER}+)*(?!\w))"
_LINK = r"(?:de la|de los|de las|del|de|da|dos|das|do|di|della|van der|van den|van de|van|von der|von|zu|zur|y|e|bin|al|el|la|le|O'|D')"
_NAME = rf"{_PART}(?:[ ](?:{_LINK}[ ])?{_PART}){{0,4}}"
_TITLES = (
    r"(?:Mr|Mrs|Ms|Miss|Mx|Dr|Drs|Prof|Professor|Doctor|Sir|Madam|Rev|Nurse|Judge|Herr|Herrn|Frau|Fr|Hr|Fräulein|Mme|Mlle|M|MM|Madame|Monsieur|Mademoiselle|Docteur|Maître|Pr|Sr|Sra|Srta|Sres|Dra|Don|Doña"
    r"|D\.ª|Señor|Señora|Doctora|Sig|Sig\.ra|Sig\.na|Signor|Signora|Dott|Dott\.ssa|Dottor|Dottoressa|Avv|Ing|Senhor|Senhora|Doutor|Doutora|Dhr|Mevr|Mw|Meneer|Mevrouw|Pan|Pani|Pana|Panem|Panią|Panu)"
)
_MED = r"(?:\.? ?(?:med|jur|phil|rer|nat|habil|Dr|Prof|PD|Dipl|Ing)\b\.?){0,4}"
_TITLED = re.compile(rf"(?<![\w.])(?:{_TITLES}\.?{_MED}[ ]{{1,2}})+(?P<v>{_NAME})")
_LABEL = re.compile(
    r"(?<![\w])(?:(?:full |first |last |middle |given |family |sur|user's |maiden |patient(?:'s)? |client |customer |employee |contact |account holder |cardholder |recipient |sender |doctor |physician |provider |attending |next of kin )?name(?:s)?"
    r"|patient|attending(?: physician)?|referred by|reported by|signed(?: by)?|from|to|cc|dear|regards|sincerely|author|assignee|reporter|name of patient"
    r"|vor- und nachname|vorname|nachname|familienname|zuname|patientin|patienten|versicherte[rn]?|sehr geehrte[r]? (?:herr|frau)|nom(?: de famille)?|pr[ée]nom|patient\(e\)|nombre(?: y apellidos)?|apellidos?|remitido por|m[ée]dico|paciente|remitente"
    r"|nome(?: e cognome)?|cognome|paziente|nome completo|apelido|utente|naam|voornaam|achternaam|pati[ëe]nt|imi[ęe](?: i nazwisko)?|nazwisko(?: i imi[ęe])?|pacjent(?:ka)?|członek zarządu|prezes zarządu)"
    rf"[\"']?[ ]?[:=][ ]{{0,3}}[\"']?(?:{_TITLES}[.:]?{_MED}[ ])?(?P<v>{_NAME})",
    re.IGNORECASE,
)
_STRICT = re.compile(_NAME)
_INITIAL = re.compile(rf"(?<![\w.'’-])(?P<v>[{_UP}][a-zà-ÿ]{{2,14}} [{_UP}]\.)(?=[,;:?!)]|[ ](?:[a-z(]|$)|['’]s|\s*$)")
_SPOKEN = re.compile(
    rf"\b(?:[Mm]y name is|[Mm]y name's|[Tt]his is|I am|I'm|[Nn]amed|[Cc]alled|[Ii]ch hei(?:ß|ss)e|[Mm]ein Name ist|[Jj]e m'appelle|[Mm]on nom est|[Mm]e llamo|[Mm]i nombre es|[Mm]i chiamo|[Ii]l mio nome è|[Oo] meu nome é"
    rf"|[Mm]eu nome é|[Cc]hamo-me|[Mm]e chamo|[Ii]k heet|[Mm]ijn naam is|[Nn]azywam się|[Mm]am na imię)[ ](?P<v>{_NAME})"
)
#: Given names that are English words: a name where somebody is dealt with before, or does something behind.
_GIVEN = "Hope|Grace|Joy|Faith|Summer|Autumn|April|June|Rose|Lily|Daisy|Violet|Ivy|Iris|Ruby|Pearl|Amber|Will|Mark|Bill|Rob|Jack|Chase|Hunter|Mason|Chance|Drew|Grant|Dean|Frank|Ray|Dale|Glen|Clay|Cliff|Heath|Reed|Brook|Dawn|Eve|Charity|Mercy|Patience|Constance|Melody|Harmony|Crystal|Ginger|Olive|Robin|Sage|Jasmine|Holly|Hazel|Heather"
_DEALT = r"(?:[Cc]all|[Cc]alled|[Ee]-?mail|[Aa]sk|[Aa]sked|[Tt]ell|[Tt]old|[Mm]eet|[Mm]et|[Cc]ontact|[Tt]hank|[Ii]nvite|[Rr]emind|[Ss]ee|[Ss]aw|[Vv]isit|[Pp]ay|[Hh]ire|[Pp]hone|[Tt]ext|from|with|by|for|and|to)"
_DOES = r"(?: (?:will|is|was|has|had|called|calls|wrote|writes|said|says|asked|asks|came|comes|works|worked|lives|lived|needs|wants|left|joined|signed|paid|agreed)\b|'s (?:appointment|account|email|phone|address|mother|father|wife|husband|son|daughter))"
_SECOND = r"(?!(?:Agreement|Report|Day|Garden|Gardens|Street|Road|Avenue|Park|Inn|Hotel|Court|House|Hall|Center|Centre|Fund|Foundation|Award|Payment|Plan|Program|Programme|Sale|School|College|Church|Hospital|Valley|Season|Festival|Edition|Release|Update|Meeting)\b)[A-Z][a-z]{2,}(?:-[A-Z][a-z]+)?(?![\w-])"
_WORDLY = re.compile(rf"\b(?:{_DEALT} (?P<v>(?:{_GIVEN}) {_SECOND})|(?P<w>(?:{_GIVEN}) {_SECOND})(?={_DOES}))")
_NOT_NAMES = frozenset(vocabulary("not_names"))
#: Words that begin what stands behind a name: a field, a department, a house, a street.
_ENDS = frozenset(vocabulary("name_ends"))
_LINKS = frozenset("de la del da do dos das di della van von der den y e el le".split())
_SCORES = {"titled": 0.8, "label": 0.75, "initial": 0.7, "spoken": 0.8, "given": 0.7}


def names(text: str, terms: TermFinder) -> list[Finding]:
    """Return the names that the words around them announce."""
    found: list[Finding] = []
    for kind, pattern in (("titled", _TITLED), ("label", _LABEL), ("initial", _INITIAL), ("spoken", _SPOKEN)):
        for match in pattern.finditer(text):
            start = match.start("v")
            strict = _STRICT.match(text, start)
            if strict is None:
                continue
            end = _trimmed(text, start, min(strict.end(), match.end("v")))
            words = re.findall(r"[^\W\d_]+", text[start:end])
            words = [word for word in words if word.lower() not in _LINKS] or words[:1]
            if not words or words[0].lower() in _NOT_NAMES or terms.medical([words[0]]):
                continue
            goes_on = _GOES_ON.match(text, end) is not None
            if goes_on and (end - start <= _SHORTEST or _STEP.search(text, max(0, start - _STEP_REACH), start)):
                continue
            found.append(Finding("PERSON", start, end, _SCORES[kind], f"name_{kind}"))
    for match in _WORDLY.finditer(text):
        group = "v" if match.group("v") is not None else "w"
        found.append(Finding("PERSON", *match.span(group), _SCORES["given"], "name_given"))
    return found


#: "Paciente: Se presenta": two letters that open a sentence are no name.
_SHORTEST = 2
_GOES_ON = re.compile(r" [a-zà-ÿ]")
#: "- name: Install nginx": a step of a pipeline or a playbook.
_STEP = re.compile(r"(?:^|\n)[ \t]*- name: ?[\"']?\Z")
_STEP_REACH = 40
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


def _trimmed(text: str, start: int, end: int) -> int:
    """A point that ends the sentence and a possessive are no part of the name, nor is the label that comes after it."""
    words = list(_WORD.finditer(text, start, end))
    for word in words[1:]:
        if word.group().lower() in _ENDS:
            end = word.start()
            break
    value = text[start:end].rstrip()
    while (last := value.rpartition(" ")[2].lower()) in _LINKS and " " in value:
        value = value[: -len(last)].rstrip()
    if value.endswith(".") and not re.search(rf"(?:^|[ .])[{_UP}]\.$", value):
        value = value[:-1]
    if value.endswith(("'s", "’s")):
        value = value[:-2]
    return start + len(value)
