"""Realistic surrogates: names, telephone numbers, accounts and cards that look real and belong to nobody.

One base form has one surrogate in a request, so "Anna", "Annas" and "Anna Kowalska" name one person: names are chosen
word by word, keyed, of the same language, gender and class of endings, with the same initial where there is one. A
surrogate is not a word of the request, in no form. Titles, particles and initials stay.
"""

# ruff: noqa: RUF001 -- letters of several alphabets, each meant
from __future__ import annotations

import itertools
import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import Final

from proxy.core.deidentification import declension, reserved
from proxy.core.deidentification.assignments import EarlierTurns
from proxy.core.deidentification.declension import FAMILY, MAN, WOMAN, NameForm
from proxy.core.deidentification.pseudonyms import Minter
from proxy.core.kept_state import NO_ASSIGNMENTS, Assignments
from proxy.core.search import names
from proxy.core.search.inflection import stems
from proxy.core.search.skeleton import skeleton

_WORD = re.compile(r"[^\W\d_]+")
_ATTEMPTS = 8
_UNKNOWN = "und"  # the language of a text that is too short
_FULL_NAME = 4  # letters; "Chr. Meier" is one person
_ENDING = 3  # of a name, at most, where it is looked for without accents
_GIVEN = "g"  # the kind of a name of a woman or a man
_ROLES: Final = {FAMILY: (FAMILY,), "": ("", FAMILY)}  # by kind: in which a word may have a surrogate already
_PHONE_TYPES: Final = frozenset({"PHONE_NUMBER", "FAX_NUMBER"})
_ACCOUNT_TYPES: Final = frozenset({"IBAN", "CREDIT_CARD"})
_GLUED = re.compile(r"(?<=[a-zß-ÿ])(?=[A-Z])")
#: Words between the names of a person, which stay.
_PARTICLES: Final = frozenset(
    "von vom zu zum zur van der den de del della di da do dos das du la le el y e und and bin ibn al".split()
)
_WOMEN: Final = frozenset(
    "mrs ms miss lady madam frau mme mlle madame sra srta señora signora sig.ra mevrouw pani panna пані".split()
)
_MEN: Final = frozenset(
    "mr sir lord herr herrn monsieur sr señor signor signore meneer dhr senhor pan pana пан".split()
)
#: By language: titles that show it, where a text is too short to.
_TITLES: Final = {
    title: language
    for language, titles in {
        "de": "frau herr herrn", "en": "mrs mr ms miss", "es": "sra srta señora señor", "fr": "madame mme mlle",
        "it": "signora signor signore", "nl": "mevrouw meneer dhr", "pl": "pani panna pan pana", "pt": "senhor senhora",
        "uk": "пані пан",
    }.items()
    for title in titles.split()
}  # fmt: skip
_TWO_LETTERS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_FEMALE_ENDINGS = ("a", "e", "а", "я")


def named(name: str, minter: Minter) -> str:
    """Return the surrogate of a name; tokens for the words that have none."""
    cast = minter.cast or Cast(minter.number, [name], [name])
    pieces: list[str] = []
    done = 0
    for start, end, new in cast.surrogates(name, minter.language):
        word = name[start:end]
        pieces += (name[done:start], minter.stand_in(new, word) if new else minter.pseudonym("PERSON", word))
        done = end
    new = "".join((*pieces, name[done:]))
    return minter.stand_in(new, name) if name.isalpha() and new != name else new


def numbered(entity_type: str, value: str, minter: Minter) -> str:
    """Return the surrogate of a telephone number, an account or a card; a token where it has none."""
    for attempt in range(_ATTEMPTS):
        new = _number(entity_type, value, minter, attempt)
        if (
            new
            and new != value
            and minter.minted.get(new, value) == value
            and (minter.cast is None or minter.cast.takes(new, value))
        ):
            return minter.stand_in(new, value)
    return minter.pseudonym(entity_type, value)


def _number(entity_type: str, value: str, minter: Minter, attempt: int) -> str:
    is_phone, draws = entity_type in _PHONE_TYPES, 0
    drawn = f"phone\x1f{reserved.line(value)}" if is_phone else f"{entity_type}\x1f{value}"

    def number(limit: int) -> int:
        nonlocal draws
        draws += 1
        return minter.number(f"{drawn}\x1f{attempt}\x1f{draws}", limit)

    if is_phone:
        return reserved.phone(value, number, minter.language)
    return reserved.iban(value, number) or reserved.card(value, number) if entity_type in _ACCOUNT_TYPES else ""


class Cast:
    """The people of one request: the surrogate of each base form.

    ``number(purpose, limit)`` is keyed and below ``limit``; ``texts`` are all of the request, ``people`` its names.
    ``kept``: whose surrogates are in earlier turns, which the target keeps; these stay theirs.
    """

    __slots__ = (
        "_accented", "_avoided", "_capitals", "_chosen", "_earlier", "_forms", "_language", "_left", "_lines",
        "_number", "_numbers", "_open", "_plain", "_roles", "_taken", "_texts", "_titles", "_words",
    )  # fmt: skip

    def __init__(
        self,
        number: Callable[[str, int], int],
        texts: Iterable[str],
        people: Iterable[str],
        kept: Assignments = NO_ASSIGNMENTS,
    ) -> None:
        self._number, self._texts, self._language = number, texts, ""
        self._earlier = EarlierTurns(kept, number)
        self._avoided: set[str] | None = None
        self._numbers: set[str] | None = None
        self._titles: set[str] | None = None
        self._chosen: dict[tuple[str, str], tuple[str, NameForm] | None] = {}
        self._taken = {bone for surrogate, _, _ in kept.names.values() if surrogate for bone in _bones(surrogate)}
        #: Of each pool, the names that are not known to be taken.
        self._left: dict[tuple[str, str, declension.Endings, str], list[str]] = {}
        self._roles: dict[str, str] = {}
        self._forms: dict[tuple[str, str, str], NameForm] = {}
        self._open: set[str] = set()  # words whose form is being worked out
        self._lines = dict(kept.numbers)  # digits of a surrogate -> digest of the number that it stands for
        people = list(people)
        written = {part.text for name in people for word in names.parts(name) for part in (word, *_parts(word.text))}
        self._words = {word.lower() for word in written}
        self._capitals = _in_capitals(written)
        #: Names without their accents -> as others of the request have them; and whose spellings these are.
        self._accented = _without_accents(self._words)
        self._plain: dict[str, set[str]] = {}
        for word in self._words if self._accented else ():
            for end in range(max(len(word) - _ENDING, 1), len(word) + 1):
                if (plain := word[:end]) in self._accented:
                    self._plain.setdefault(self._accented[plain], set()).add(plain)
        for name in people:
            for word, kind in _kinds(name):
                if kind:
                    self._roles.setdefault(word.lower(), kind)

    def surrogates(self, name: str, language: str) -> Iterator[tuple[int, int, str | None]]:
        """Yield (start, end, surrogate) of the words of a name that are to be replaced; None if none can be chosen."""
        self._language = language[:2] if language != _UNKNOWN else self._language_of_titles()
        for part, (_, kind) in zip(_parts(name), _kinds(name), strict=True):
            if len(part.text.rstrip(".")) > 1 and part.text.lower() not in _PARTICLES:
                yield part.start, part.end, self._of(part.text, kind)

    def _language_of_titles(self) -> str:
        """Return the language of the titles in the texts, "" where these are of several or none."""
        if self._titles is None:
            self._titles = {
                _TITLES[word] for text in self._texts for word in _WORD.findall(text.lower()) if word in _TITLES
            }
        return next(iter(self._titles)) if len(self._titles) == 1 else ""

    def takes(self, number: str, value: str) -> bool:
        """Whether a number is in no text of the request and stands for this one alone, in any layout; take it then."""
        if self._numbers is None:
            self._numbers = reserved.lines(self._texts)
        digits, owner = reserved.line(number), self._earlier.number(reserved.line(value))
        if digits in self._numbers or (digits not in self._lines and not self._earlier.may_have_another(owner)):
            return False
        return self._lines.setdefault(digits, owner) == owner

    def assigned(self) -> Assignments:
        """Return whose each surrogate is, those of earlier turns among them."""
        return self._earlier.and_also(self._chosen, self._lines)

    def _of(self, word: str, kind: str) -> str | None:
        low = word.lower()
        form = self._form(self._capitals.get(low, low) if word.isupper() else low, kind)
        key = (FAMILY if form.kind == FAMILY else "", form.base)
        if key not in self._chosen:
            is_settled = self._earlier.is_full or self._earlier.has(*key)
            self._chosen[key] = self._earlier.name(*key) if is_settled else self._unaccented(form) or self._choose(form)
        chosen = self._chosen[key]
        if chosen is None:
            return None
        base, first = chosen
        if form.at and form.endings != first.endings and not _declines(base, form):
            return None
        return declension.cased(declension.declined(base, form.endings if form.at else first.endings, form.at), word)

    def _unaccented(self, form: NameForm) -> tuple[str, NameForm] | None:
        """Return the surrogate of somebody whom the request also writes with accents, spelled as the name is."""
        accented = self._accented.get(form.base, "")
        if not accented or not self._is_written(accented, form.kind):
            return None
        if self._form(accented, form.kind).base != accented or self._of(accented, form.kind) is None:
            return None
        chosen = self._chosen.get((FAMILY if form.kind == FAMILY else "", accented))
        spelled = "" if chosen is None else _respelled(chosen[0], accented, form.base)
        return (spelled, form) if spelled else None

    def _form(self, word: str, kind: str) -> NameForm:
        """Return what a word is a form of, the same for all forms of a name: see ``_fitting``."""
        kind = kind or self._roles.get(word, "")
        key = (word, kind, self._language)
        if key not in self._forms:
            self._open.add(word)
            earlier = (self._earlier.name(role, word) for role in _ROLES.get(kind, ("",)))
            name = next(filter(None, earlier), None)
            self._forms[key] = name[1] if name is not None else self._fitting(word, kind)
            self._open.discard(word)
        return self._forms[key]

    def _fitting(self, word: str, kind: str) -> NameForm:
        """Return the likeliest form: of another word of the request, as that word is read; of a listed name; itself."""
        if kind not in {"", FAMILY} and any(
            self._joins(form) and self._form(form.base, "").kind == FAMILY for form in declension.forms(word, FAMILY)
        ):
            kind = FAMILY  # "Frau Weber und Webers Tochter"
        gendered = {FAMILY: (FAMILY,), WOMAN: (WOMAN,), MAN: (MAN,), _GIVEN: (WOMAN, MAN)}
        kinds: tuple[str, ...] = gendered.get(kind, (WOMAN, MAN, FAMILY))
        every = [form for each in kinds for form in declension.forms(word, each)]
        every = [self._known_here(form) for form in every]
        is_listed = any(form.at == 0 and form.listed for form in every)
        joining = [form for form in every if (form.listed or not is_listed) and self._joins(form)]
        joining = [form for form in joining if form.listed or word > form.base or not _is_form(form.base, word)]
        bases = {base: self._form(base, "") for base in dict.fromkeys(form.base for form in joining)}
        shown = {form for form in every if form.at == 0 and self._is_shown(form)}
        likely = joining or [form for form in every if form.listed or form in shown]
        if not likely:
            every = [form for form in every if form.at == 0 and (kind or form.kind == FAMILY)]
            likely = [form for form in every if form.language == (self._language or "en")] or every

        listed = {(form.kind, form.base) for form in likely if form.listed}

        def fit(form: NameForm) -> tuple[int | bool, ...]:
            base = bases.get(form.base, form)
            return (
                (base.kind == FAMILY) == (form.kind == FAMILY),
                base.kind == form.kind,
                form in shown,
                2 if (form.kind, form.base) in listed else form.kind == FAMILY,
                form.language == self._language,
                form.listed,
                form.at == 0,
                (form.kind == WOMAN) == form.base.endswith(_FEMALE_ENDINGS),
            )

        return max(likely, key=fit)

    def _known_here(self, form: NameForm) -> NameForm:
        """Return a form, as of a listed name of the text's language where several others have the name."""
        if form.listed or form.language != self._language or not declension.is_international(form.base, form.kind):
            return form
        return form._replace(listed=True)

    def _joins(self, form: NameForm) -> bool:
        """Whether a form is another one of a word of the request, or of an earlier turn, in the same role."""
        if form.at == 0 or form.base in self._open:
            return False
        role = FAMILY if form.kind == FAMILY else ""
        return self._is_written(form.base, form.kind) or self._earlier.has(role, form.base)

    def _is_shown(self, form: NameForm) -> bool:
        """Whether a word of the request is another form of this base."""
        return any(
            self._is_written(declension.declined(form.base, form.endings, at), form.kind)
            for at in range(1, len(form.endings))
        )

    def _is_written(self, word: str, kind: str) -> bool:
        word = word if word in self._words else self._accented.get(word, word)
        role = self._roles.get(word)
        return word in self._words and (not role or (role == FAMILY) == (kind == FAMILY))

    def _choose(self, form: NameForm) -> tuple[str, NameForm] | None:
        """Return the base of the surrogate of a base form; None where every name of its class is taken."""
        plain = self._plain.get(form.base, ())
        for spellings, initial in itertools.product((plain, ()) if plain else ((),), (form.base[0], "")):
            name = self._first_free(form, initial, spellings)
            if name:
                self._taken |= _bones(name) | _bones(name.translate(_TWO_LETTERS))
                return name, form
        return None

    def _first_free(self, form: NameForm, initial: str, plain: Iterable[str]) -> str:
        """Return a free name from a keyed place of a pool on, "" if none is left. What is taken is looked at once.

        It is spelled otherwise, too, where the name is: ``plain``.
        """
        kind = (form.language, form.kind, form.endings, initial)
        names_of = declension.pool(*kind)
        left = self._left.setdefault(kind, list(names_of))
        at = bisect_left(left, names_of[self._number(f"{form.kind}\x1f{form.base}", len(names_of))]) if left else 0
        for _ in range(len(left)):
            at %= len(left)
            if not self._is_free(left[at], form):
                del left[at]
                if not left:
                    break
            elif _resembles(left[at], form.base) or not all(_respelled(left[at], form.base, each) for each in plain):
                at += 1
            else:
                return left[at]
        return ""

    def _is_free(self, name: str, form: NameForm) -> bool:
        """Whether a name, in no form, is a word of the request, or stands for another."""
        if self._avoided is None:
            words = {word for text in self._texts for word in _WORD.findall(text.lower())}
            self._avoided = {bone for word in words for bone in _bones(word)}
        bones = _bones_of_forms(name, form.endings)
        if form.base in self._plain:
            bones |= _bones_of_forms(name.translate(_TWO_LETTERS), form.endings)
        return self._avoided.isdisjoint(bones) and self._taken.isdisjoint(bones)


def _without_accents(words: AbstractSet[str]) -> dict[str, str]:
    """Return lower-case words without accents, and with "ae" for "ä" -> the word."""
    plain: dict[str, str] = {}
    for word in sorted(words):
        for spelling in (skeleton(word), skeleton(word.translate(_TWO_LETTERS))):
            if spelling != word:
                plain.setdefault(spelling, word)
    return plain


def _respelled(name: str, word: str, plain: str) -> str:
    """Return a name without accents as a word is, "" where that is no other spelling of it."""
    dropped, two_letters = skeleton(name), skeleton(name.translate(_TWO_LETTERS))
    if plain == skeleton(word):
        return dropped if dropped != name else ""
    return two_letters if two_letters not in {name, dropped} else ""


def _is_form(word: str, of: str) -> bool:
    """Whether a word may be another form of a second one."""
    every = (form for kind in (WOMAN, MAN, FAMILY) for form in declension.forms(word, kind))
    return any(form.at > 0 and form.base == of for form in every)


def _declines(base: str, form: NameForm) -> bool:
    """Whether a surrogate has the form that a word has of its base."""
    return declension.endings_of(form.language, form.kind, base) == form.endings


def _resembles(name: str, base: str) -> bool:
    return name.startswith(base) or base.startswith(name) or not _bones(name).isdisjoint(_bones(base))


@lru_cache(maxsize=16_384)
def _bones_of_forms(name: str, endings: declension.Endings) -> frozenset[str]:
    return frozenset(_bones(name) | {skeleton(declension.declined(name, endings, at)) for at in range(len(endings))})


def _bones(word: str) -> set[str]:
    """Return the skeleton of a word and its stems: words that share one may be forms of one name."""
    form = skeleton(word)
    return {form, *(stems(form) if len(form) > 2 else ())}  # noqa: PLR2004 -- too short for a stem


def _parts(name: str) -> list[names.NamePart]:
    """Return the words of a name that are not titles, the parts of compound words apart."""
    parts: list[names.NamePart] = []
    for part in names.parts(name):
        if part.title:
            continue
        start = part.start
        for piece in re.split(r"(?<=[-_])", part.text):
            for word in _GLUED.split(piece.rstrip("-_")):
                parts.append(names.NamePart(word, start, start + len(word), title=False))
                start += len(word)
            start += len(piece) - len(piece.rstrip("-_"))
    return [part for part in parts if part.text]


def _in_capitals(words: Iterable[str]) -> dict[str, str]:
    """Return the names that people write otherwise in capitals, "WEISS" or "MUELLER": lower case -> the name."""
    mixed = {word.lower() for word in words if not word.isupper()}
    as_written: dict[str, str] = {}
    for word in sorted(mixed):
        for plain in (skeleton(word), skeleton(word.translate(_TWO_LETTERS))):
            if plain not in mixed:
                as_written.setdefault(plain, word)
    return as_written


def _kinds(name: str) -> list[tuple[str, str]]:
    """Return the words of a name, each with its kind: the last is the family's; "" where that cannot be told."""
    titles = {part.text.lower() for part in names.parts(name) if part.title}
    kinds: list[tuple[str, str]] = []
    for parts in _sentences(name):
        kinds += _kinds_of(parts, name, titles)
    return kinds


def _sentences(name: str) -> Iterator[list[names.NamePart]]:
    """Yield the words of a name, apart where a sentence ends behind more than an initial: "J. Smith. Smith's"."""
    parts: list[names.NamePart] = []
    for part in _parts(name):
        parts.append(part)
        is_end = len(parts) > 1 and len(part.text) >= _FULL_NAME and name[part.end : part.end + 2] in {". ", ".\n"}
        if is_end:
            yield parts
            parts = []
    if parts:
        yield parts


def _kinds_of(parts: Sequence[names.NamePart], name: str, titles: AbstractSet[str]) -> list[tuple[str, str]]:
    gender = WOMAN if titles & _WOMEN else MAN if titles & _MEN else _GIVEN
    first_is_family = len(parts) > 1 and (
        name[parts[0].end : parts[1].start].lstrip().startswith(",") or _is_family_first(parts)
    )
    joints = [name[part.end : behind.start] == "-" for part, behind in itertools.pairwise(parts)]
    if all(joints):  # "Jean-Luc" by itself is no family's, as "Jean" is none
        return [(part.text, FAMILY if titles else "") for part in parts]
    kinds: list[tuple[str, str]] = []
    for part, joined, behind in zip(
        reversed(parts), [False, *reversed(joints)], [None, *reversed(parts[1:])], strict=True
    ):
        last = behind is None if not first_is_family else part.start == parts[0].start
        kinds.append((part.text, "" if joined else FAMILY if last else gender))
    return kinds[::-1]


def _is_family_first(parts: Sequence[names.NamePart]) -> bool:
    """Whether lists tell that two words are a family's name and then a given one: "Nowak Jan"."""
    first, last = parts[0].text.lower(), parts[-1].text.lower()
    return len(parts) == 2 and declension.is_family_only(first) and declension.is_given(last)  # noqa: PLR2004
