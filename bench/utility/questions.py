"""Forty questions: a text with its values in braces, its language, and who answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from bench.utility import solving

#: The prefix of a value in a text -> its entity type.
TYPES = {
    "p": "PERSON", "b": "DATE_OF_BIRTH", "d": "DATE", "t": "PHONE_NUMBER", "i": "IBAN", "c": "CREDIT_CARD", "e": "EMAIL_ADDRESS",
}  # fmt: skip


class Question(NamedTuple):
    """A text, and what is asked of its values."""

    kind: str
    language: str
    text: str
    solve: Callable[[Sequence[str]], str]


def _each(kind: str, solve: Callable[[Sequence[str]], str], *texts: str, language: str = "en") -> list[Question]:
    return [Question(kind, language, text, solve) for text in texts]


QUESTIONS: tuple[Question, ...] = (
    *_each(
        "oldest", solving.oldest,
        "{p:Mary Walsh} was born {b:1984-03-12}, {p:Peter Grant} on {b:1979-11-30}, {p:Susan Doyle} on {b:1991-07-04}.",
        "{p:John Carter}, born {b:12 March 1962}; {p:Linda Moreau}, born {b:3 April 1961}; {p:Paul Reyes}, born {b:1 May 1963}.",
        "Residents: {p:Helen Ford} ({b:1938}), {p:George Walton} ({b:1941}), {p:Edith Nolan} ({b:1935}).",
        "{p:Anna Becker} ({b:1984-03-12}) and {p:Brigitte Haller} ({b:1984-03-11}).",
    ),
    *_each(
        "oldest", solving.oldest,
        "{p:Karl Winkler}, geboren {b:12.03.1984}, {p:Ute Reimann}, geboren {b:01.04.1983}.",
        "{p:Jürgen Kessler}, geb. {b:3. Mai 1950}; {p:Monika Ritter}, geb. {b:4. Juni 1949}.", language="de",
    ),
    *_each("oldest", solving.oldest, "{p:Jan Nowak}, ur. {b:12 marca 1984}; {p:Anna Wrona}, ur. {b:3 maja 1981}.", language="pl"),
    *_each(
        "duration", solving.duration,
        "Admitted {d:2024-03-01}, discharged {d:2024-03-19}.", "From {d:28 February 2024} until {d:1 March 2024}.",
        "Ordered {d:2023-12-27}, delivered {d:2024-01-09}.", "Hired {d:1 October 2009}, left {d:31 March 2024}.",
    ),
    *_each("duration", solving.duration, "Krank vom {d:01.03.2024} bis {d:15.04.2024}.", language="de"),
    *_each(
        "order", solving.in_order,
        "Invoices due {d:2024-06-15}, {d:2024-05-31} and {d:2024-06-03}.", "Visits on {d:2024-01-15}, {d:2024-01-01}, {d:2024-01-08}.",
    ),
    *_each("order", solving.in_order, "Termine: {d:03.02.2024}, {d:28.01.2024}, {d:01.03.2024}.", language="de"),
    *_each(
        "who owes whom", solving.debts,
        "{p:Mary Walsh} owes {p:Peter Grant} 50. {p:Mary} owes {p:Susan Doyle} 20. {p:Ms Walsh} owes {p:Mr Grant} 5.",
        "{p:Paul Reyes} owes {p:Linda Moreau} 9. {p:Mr Reyes} owes {p:John Carter} 7. {p:John} owes {p:Linda} 1.",
    ),
    *_each(
        "who owes whom", solving.debts,
        "{p:Anna Schmidt} schuldet {p:Karl Winkler} 50. {p:Frau Schmidt} schuldet {p:Ute Reimann} 20. {p:Karl} schuldet {p:Ute} 1.",
        "{p:Monika Ritter} schuldet {p:Jan Kessler} 5, {p:Frau Ritter} auch {p:Kesslers} Bruder, {p:Monika} noch {p:Jan} etwas.",
        language="de",
    ),
    *_each(
        "who owes whom", solving.debts,
        "{p:Jan Nowak} jest winien {p:Annie Kowalskiej} 50. {p:Nowak} jest winien {p:Kowalskiej} 20, a {p:Anna} {p:Nowakowi} 1.",
        "{p:Piotr Zieliński} jest winien {p:Annie Kowalskiej} 5. {p:Zieliński} i {p:Anna Kowalska}. {p:Piotr} a {p:Kowalską}.",
        language="pl",
    ),
    *_each("salutation", solving.german_letter, "Brief an {p:Anna Schmidt}.", "Schreiben Sie {p:Peter Krause}.", "An {p:Julia Vogt}.", language="de"),
    *_each("salutation", solving.english_letter, "Write to {p:Mary Walsh}.", "A reminder for {p:James Carter}."),
    *_each(
        "Polish inflection", solving.polish_dative, "Podpisał {p:Jan Kowalski}.", "Dzwonił {p:Piotr Nowak}.", language="pl"
    ),
    *_each(
        "Polish inflection", solving.polish_genitive, "Napisała {p:Anna Zielińska}.", "Była {p:Monika Wrona}.", language="pl"
    ),
    *_each("Polish inflection", solving.same_person, "{p:Anna Kowalska} przyszła, widziałem {p:Annę Kowalską}.", language="pl"),
    *_each(
        "German inflection", solving.german_genitive, "Es schrieb {p:Anna Schmidt}.", "Das ist von {p:Karl Winkler}.", language="de"
    ),
    *_each("German inflection", solving.same_person, "{p:Anna Schmidt} kam; {p:Schmidts} Akte fehlt.", language="de"),
    *_each("Ukrainian inflection", solving.ukrainian_dative, "Писала {p:Олена Коваленко}.", language="uk"),
    *_each(
        "validity", solving.valid,
        "Call {t:+1 212 736 5000}.", "Call {t:+44 20 7946 0958}.", "Pay to {i:DE89 3704 0044 0532 0130 00}.",
        "Card {c:4111 1111 1111 1111}.", "Mail {e:anna.schmidt@firma.de}.",
    ),
)  # fmt: skip
