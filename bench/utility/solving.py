"""What a careful reader of a sent text answers, by rules: dates compared, mentions linked, genders told, numbers checked.

Each solver gets the values that stand in the slots of a text, as they were sent, and returns its reply. It knows no original:
the same rules give the expected answer from the values as they were written.
"""

# ruff: noqa: RUF001 -- letters of several alphabets, each meant
from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from itertools import takewhile

import phonenumbers

from proxy.core.deidentification.declension import MAN, WOMAN, listed
from proxy.core.search.digit_runs import luhn

_MONTHS = {
    name: number
    for names in (
        "january february march april may june july august september october november december",
        "januar februar märz april mai juni juli august september oktober november dezember",
        "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
    )
    for number, name in enumerate(names.split(), 1)
}
_LEAST_ALIKE = 3
_ENDING = 5


def day(text: str) -> date:
    """Return a date in any of the layouts of the questions; a year alone is its first day.

    Raises:
        ValueError: it is none.

    """
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    month = next((_MONTHS[word] for word in re.findall(r"[^\W\d_]+", text.lower()) if word in _MONTHS), 0)
    if not numbers:
        raise ValueError("no date")
    if month:
        return date(numbers[-1], month, numbers[0] if len(numbers) > 1 else 1)
    if len(numbers) == 1:
        return date(numbers[0], 1, 1)
    return date(*numbers) if numbers[0] > 31 else date(*reversed(numbers))


def oldest(slots: Sequence[str]) -> str:
    """Name and date by turns: who was born first?"""
    who, when = min(zip(slots[::2], slots[1::2], strict=True), key=lambda pair: day(pair[1]))
    return f"{who} is the oldest, born {when}."


def duration(slots: Sequence[str]) -> str:
    """Two dates: how many days lie between them, and on which weekday does the second one fall?"""
    first, second = day(slots[0]), day(slots[1])
    return f"{(second - first).days} days, until a {second:%A}."


def in_order(slots: Sequence[str]) -> str:
    """Dates: in order, the first one first."""
    return "; ".join(sorted(slots, key=day))


def debts(slots: Sequence[str]) -> str:
    """Debtor and creditor by turns, whatever the form: who owes most often, and is owed nothing?"""
    people: list[list[str]] = []
    for slot in slots:
        person = next((known for known in people if any(alike(slot, other) for other in known)), None)
        (person.append if person is not None else lambda name: people.append([name]))(slot)

    def balance(known: list[str]) -> int:
        return sum(1 if number % 2 == 0 else -1 for number, slot in enumerate(slots) if slot in known)

    most = max(people, key=balance)
    return f"{len(people)} people; {most[0]} owes most, {balance(most)}."


def alike(one: str, other: str) -> bool:
    """Whether two mentions share a word, but for an ending."""
    pairs = [(a.lower(), b.lower()) for a in words(one) for b in words(other)]
    for first, second in pairs:
        shared = len(list(takewhile(lambda pair: pair[0] == pair[1], zip(first, second, strict=False))))
        if shared >= _LEAST_ALIKE and max(len(first), len(second)) - shared <= min(_ENDING, shared):
            return True
    return False


def words(name: str) -> list[str]:
    """Return the words of a name as a reader sees them, a token as one."""
    return [
        word for word in re.findall(r"\w+", name) if word.lower() not in {"frau", "herr", "mr", "mrs", "pani", "pan"}
    ]


def german_letter(slots: Sequence[str]) -> str:
    """A name: the salutation of a letter to its bearer."""
    return _letter(slots[0], "de", "Sehr geehrte Frau {},", "Sehr geehrter Herr {},", "Guten Tag {},")


def english_letter(slots: Sequence[str]) -> str:
    """A name: the salutation of a letter to its bearer."""
    return _letter(slots[0], "en", "Dear Ms {},", "Dear Mr {},", "Dear {},")


def _letter(name: str, language: str, woman: str, man: str, other: str) -> str:
    first, *_, family = words(name)
    is_woman, is_man = (first.lower() in listed()[language, kind] for kind in (WOMAN, MAN))
    return (other if is_woman == is_man else woman if is_woman else man).format(family)


def polish_dative(slots: Sequence[str]) -> str:
    """A man's family name, as it is: "for him"."""
    family = words(slots[0])[-1]
    for ending, dative in (("ski", "skiemu"), ("cki", "ckiemu"), ("ek", "kowi"), ("", "owi")):
        if family.endswith(ending):
            return f"Przekazać {family.removesuffix(ending)}{dative}."
    return ""


def polish_genitive(slots: Sequence[str]) -> str:
    """A woman's given name, as it is: "her letter"."""
    first = words(slots[0])[0]
    for ending, genitive in (("ia", "ii"), ("ka", "ki"), ("ga", "gi"), ("ja", "ji"), ("la", "li"), ("a", "y")):
        if first.endswith(ending):
            return f"List {first.removesuffix(ending)}{genitive}."
    return f"List {first}."


def german_genitive(slots: Sequence[str]) -> str:
    """A given name, as it is: "her letter"."""
    return f"{words(slots[0])[0]}s Brief liegt vor."


def ukrainian_dative(slots: Sequence[str]) -> str:
    """A woman's given name, as it is: "to her"."""
    first = words(slots[0])[0]
    for ending, dative in (("ія", "ії"), ("ка", "ці"), ("а", "і")):
        if first.endswith(ending):
            return f"Передати {first.removesuffix(ending)}{dative}."
    return f"Передати {first}."


def same_person(slots: Sequence[str]) -> str:
    """Two mentions: are they one person?"""
    return f"{slots[0]}: {'yes' if alike(slots[0], slots[1]) else 'no'}."


def valid(slots: Sequence[str]) -> str:
    """A number: does a form accept it?"""
    (value,) = slots
    bare = re.sub(r"[\s()-]", "", value)
    if "@" in value:
        good = re.fullmatch(r"[\w.+-]+@[\w-]+(\.[\w-]+)*\.[a-z]{2,}", value) is not None
    elif re.fullmatch(r"[A-Z]{2}\d\d\w{11,30}", bare):
        good = int("".join(str(int(character, 36)) for character in bare[4:] + bare[:4])) % 97 == 1
    elif value.startswith("+"):
        good = phonenumbers.is_possible_number(phonenumbers.parse(value)) if _is_number(value) else False
    else:
        good = bare.isdecimal() and luhn(bare)
    return f"{value} is {'valid' if good else 'not valid'}."


def _is_number(value: str) -> bool:
    try:
        phonenumbers.parse(value)
    except phonenumbers.NumberParseException:
        return False
    return True
