"""The parts of a person's name: what is a title, what is a given or family name, what is also a common word."""

from __future__ import annotations

import re
from typing import NamedTuple

#: Forms of address and academic titles (en, de, fr, es, it, pt, nl, pl). They stay: they identify nobody and a
#: model needs them for grammar.
TITLES = frozenset(
    """
    mr mrs ms miss mx sir madam dame lord lady dr doctor prof professor rev fr hon capt sgt lt col gen judge nurse
    herr herrn frau fräulein doktor professorin dipl ing mag
    m mme mlle monsieur madame mademoiselle docteur maître me pr
    sr sra srta señor señora señorita don doña dra
    sig sigg signor signora signorina dott dottore dottoressa dottssa avv prof.ssa
    dhr mevr mevrouw meneer mw drs
    senhor senhora dona
    pan pani panna
    """.split()
) - {"m", "don", "dame", "me", "pan", "dona"}  # also names, initials or words: taken as part of the name

#: Names that are everyday words as well: alone, they are looked for only as written, never in lower case.
COMMON = frozenset(
    """
    able art bank banks bell best bill black blue bond book brook brown bush butler case chance chase church clay
    cliff cole cook cross dale daisy dawn day dean drew early earnest east fair faith field finder fish ford forest
    fox frank free french friend gene glass gold good grace grant gray green grey hall hand hardy heath hill hope
    house hunter iris ivy jack jean jewel joy judge june just king knight lake lane law lee lily long love lovely mark
    marks march marine mason mate max may miller mills moon more moss north olive page park parker parks peace pearl
    penny pete piper pope post power powers price prince pride queen rain ray read reed rice rich river rivers rob
    robin rock rose rosemary ruby rush sage salt sand sandy shade sharp short silver sky small smart snow south spring
    star stark stone stones storm street strong summer summers sunny swift taylor temple tree trinity underwood unity
    victor violet walker wall ward waters way weaver weeks wells west white wild will wills winter winters wise wolf
    wood woods word york young
    alt bauer becker berg fischer gross groß hoch jung klein koch könig kurz lang laut müller neu reich roth schmied
    schneider schwarz sommer stark stein vogel wagner weber weiß winter wolf zimmer
    blanc bois bon boulanger leroy petit rose roy rouge grand jour
    blanco bueno cruz flores franco león moreno real reyes rosa santos sol torres
    """.split()
)

#: Of these, the words that begin ordinary sentences: alone, they are not taken for the person at all.
EVERYDAY = frozenset(
    """
    bank best bill book case day dean early east fair free french good hope just king lake law long love mark march may
    moss north page park post power price prince queen rain read river sand short small snow south spring star stone
    storm street strong summer temple tree wall ward waters way weeks west will winter wise wood word young
    alt neu reich sommer stark bon jour grand bueno real sol
    """.split()
)

_LETTERS = r"[^\W\d_](?:[^\W\d_]|[\u0300-\u036f])*"  # an accent may stand behind its letter
_WORD = re.compile(rf"{_LETTERS}(?:['\u2019\-]{_LETTERS})*\.?|\d+")


class NamePart(NamedTuple):
    """One word of a name with its offsets in the name; ``title`` for forms of address."""

    text: str
    start: int
    end: int
    title: bool


def parts(name: str) -> tuple[NamePart, ...]:
    """Return the words of a name in order; whatever lies between them is punctuation."""
    found = []
    for match in _WORD.finditer(name):
        text, title = match.group(), False
        if not text.endswith("."):
            title = text.lower() in TITLES
        elif len(text) > 2:  # noqa: PLR2004  (a letter and its full stop are an initial)
            title = text[:-1].lower() in TITLES
            text = text if title else text[:-1]
        found.append(NamePart(text, match.start(), match.start() + len(text), title))
    if all(part.title for part in found):
        return tuple(NamePart(part.text, part.start, part.end, title=False) for part in found)
    return tuple(found)


def initials(name: str) -> str:
    """Return the upper-case initials of a name without titles: "RM" of "Dr Robert Miller"."""
    return "".join(part.text[0].upper() for part in parts(name) if not part.title)
