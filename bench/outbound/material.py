"""The material: documents with planted values and documents without anybody, half of them shipped, half drawn anew.

A text marks a planted value as ``⟦kind|value⟧``, or ``⟦kind⟧`` for one that is drawn when the text is read (numbers with
check digits). Shipped texts stand in ``texts/``; ``Maker`` puts the others together from the lists in ``words/``.
"""

from __future__ import annotations

import csv
import importlib.metadata
import io
import json
import random
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from bench.detection_sets import known, read
from bench.leaks.clean import TEXTS
from bench.outbound.persons import KINDS, LANGUAGES, Person, words

FOLDER = Path(__file__).parent / "texts"
#: Kinds of documents that a tool returns; others are written by people.
TOOLS = frozenset({"json", "csv", "sql", "config", "log", "code"})
#: Kinds that anybody recognises without a word beside them.
_TELLING = ("email", "phone", "address", "iban", "card", "national_id", "ip")
#: Numbers that say that somebody is a patient, which is health data (MEDICAL_RECORD_NUMBER in docs/reference/entities.md):
#: "medical record number", "identifiant permanent du patient", "historia clínica", "Patient".
_OF_PATIENT = re.compile(r"(?:MRN-|IPP |HC-|PAT )[0-9]")
_MARK = re.compile(r"⟦(\w+)(?:\|([^⟧]*))?⟧")


@dataclass(frozen=True, slots=True)
class Planted:
    """A value of somebody in a text."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Document:
    """One text as a person or tool would put it into a request.

    ``kind``: mail, chat, form, json, csv ...; ``special``: it says something of health about a person, so that it may be pinned.
    """

    name: str
    half: str  # shipped | drawn
    kind: str
    language: str
    text: str
    values: tuple[Planted, ...] = ()
    special: bool = False

    @property
    def clean(self) -> bool:
        """Whether it holds nobody's data."""
        return not self.values and not self.special


def filled(text: str, person: Callable[[str], str]) -> tuple[str, tuple[Planted, ...]]:
    """Return a marked text without its marks, and the planted values; ``person`` gives the value for a slot."""
    values: list[Planted] = []

    def put(mark: re.Match[str]) -> str:
        value = person(mark[1]) if mark[2] is None else mark[2]
        values.append(Planted(kind_of(mark[1]), value))
        return value

    return _MARK.sub(put, text), tuple(values)


def kind_of(slot: str) -> str:
    """Return the kind of value that stands in a slot."""
    bare = slot.rstrip("2")
    return bare if bare in KINDS else "name"


def of_patient(values: Iterable[Planted], found: Iterable[str]) -> bool:
    """Whether all of the texts ``found`` are, or are in, planted numbers of medical records; False where there are none."""
    numbers = [value.text for value in values if value.kind == "record" and _OF_PATIENT.match(value.text)]
    texts = list(found)
    return bool(texts) and all(any(text in number for number in numbers) for text in texts)


def shipped() -> Iterator[Document]:
    """Yield every text that the repository holds."""
    for language in LANGUAGES:
        blocks = re.split(r"^=== ", (FOLDER / f"{language}.txt").read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
        for number, block in enumerate(blocks):
            head, _, body = block.partition("\n")
            kind = next(word for word in head.split() if word not in {"clean", "special"})
            person = Person(random.Random(f"{language}{number}"), language)
            text, values = filled(body.rstrip("\n"), person.value)
            yield Document(f"{language}-{number}", "shipped", kind, language, text, values, "special" in head)
    for line in (FOLDER / "clean.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        kind = row["kind"] if row["kind"] != "yaml" else "config"
        yield Document(row["id"], "shipped", kind, row["id"][:2], row["text"])
    for number, text in enumerate(TEXTS):
        yield Document(f"leaks-{number}", "shipped", "prose", "en", text)


def labelled(file: Path, limit: int) -> Iterator[Document]:
    """Yield the texts of a labelled set, with its names, numbers and addresses; its places, firms and dates may stay."""
    about = known(file)
    if about is None:
        return
    for row in read(file, limit):
        named = [
            (row.text[a:b], _LABELS.get(label) or _LABELS.get(about.labels.get(label) or ""))
            for a, b, label in row.spans
        ]
        values = tuple(Planted(kind, text) for text, kind in named if kind and text)
        kind = "text" if row.spans else "clean"
        half = re.sub(r"_\w\w$", "", file.name.split(".")[0])
        yield Document(row.id, half, kind, about.language, row.text, values, special=bool(row.spans))


def drawn(seed: int, rounds: int) -> Iterator[Document]:
    """Yield as many rounds of new documents as asked for; each has one of every kind and language."""
    for number in range(rounds):
        for language in LANGUAGES:
            maker = Maker(random.Random(f"{seed} {language} {number}"), language)
            for kind, make in maker.personal.items():
                text, values = make()
                yield Document(f"{language}-{kind}-{number}", "drawn", kind, language, text, tuple(values))
            for kind, write in maker.clean.items():
                yield Document(f"{language}-clean-{kind}-{number}", "drawn", kind.split()[0], language, write())


@cache
def packages() -> tuple[str, ...]:
    """Return names of programs: the installed packages and the modules of the standard library."""
    installed = {str(package.metadata["Name"]) for package in importlib.metadata.distributions()}
    return tuple(sorted(installed | {name for name in sys.stdlib_module_names if not name.startswith("_")}))


#: Label or class of a labelled set -> kind of value.
_LABELS = {
    "PERSON": "name", "EMAIL": "email", "PHONE": "phone", "CARD": "card", "ACCOUNT": "iban", "ID": "record", "IP": "ip",
    "CREDENTIAL": "password", "STREET_ADDRESS": "address", "DATE_OF_BIRTH": "dob",
}  # fmt: skip
Made = tuple[str, list[Planted]]


class Maker:
    """Makes documents of one language."""

    def __init__(self, rng: random.Random, language: str) -> None:
        self.rng = rng
        self.language = language
        self.words: Mapping[str, Any] = words(language)
        self.personal: Mapping[str, Callable[[], Made]] = {
            "mail": self.mail, "chat": self.chat, "form": self.form, "json": self.record, "json opaque": self.opaque,
            "csv": self.table, "sql": self.statements, "log": self.log, "dictation": self.dictation, "ocr": self.scan,
        }  # fmt: skip
        self.clean: Mapping[str, Callable[[], str]] = {
            "prose": self.business, "json goods": self.goods, "json tool": self.result, "csv": self.stock,
            "sql": self.query, "log": self.events, "config": self.config,
        }  # fmt: skip

    # --- with people --------------------------------------------------------------------------------------------------

    def _person(self) -> Person:
        return Person(random.Random(self.rng.random()), self.language)

    def _sentences(self, pool: str, count: int) -> Made:
        """Draw sentences about two people; ``name2`` and the like are the second's."""
        first, second = self._person(), self._person()
        chosen = self.rng.sample(list(self.words[pool]), count)
        values: list[Planted] = []
        lines = []
        for sentence in chosen:
            text, planted = filled(
                sentence, lambda slot: second.value(slot.rstrip("2")) if slot.endswith("2") else first.value(slot)
            )
            lines.append(text)
            values += planted
        return "\n".join(lines), values

    def mail(self) -> Made:
        """Write a letter of four to six sentences."""
        body, values = self._sentences("sentences", self.rng.randint(4, 6))
        sender = self._person().value("name")
        paragraphs = self.rng.choice((" ", "\n", "\n\n")).join(body.split("\n"))
        greet, close = (self.rng.choice(self.words[part].split("|")) for part in ("greet", "close"))
        return f"{greet}\n\n{paragraphs}\n\n{close}\n{sender}", [*values, Planted("name", sender)]

    def chat(self) -> Made:
        """Write a chat of four to six lines by two people, who go by any form of their names."""
        body, values = self._sentences("chat", self.rng.randint(4, 6))
        speakers = [self._person() for _ in range(2)]
        named = [
            self.rng.choice((s.given, s.given.lower(), s.value("username"), f"{s.given} {s.family[0]}."))
            for s in speakers
        ]
        shape = self.rng.choice(
            ("[{h:02}:{m:02}] {who}: {line}", "{who}: {line}", "{who} ({h:02}:{m:02})\n{line}", "<{who}> {line}")
        )
        lines, hour = [], self.rng.randint(8, 17)
        for number, line in enumerate(body.split("\n")):
            who = named[number % 2]
            lines.append(shape.format(h=hour, m=number * 3 + 1, who=who, line=line))
            values.append(Planted("username" if re.search(r"[\d_]", who) else "name", who))
        return "\n".join(lines), values

    def _fields(self, least: int, most: int, pool: Sequence[str] = KINDS[1:]) -> tuple[Person, list[str]]:
        kinds = self.rng.sample(pool, self.rng.randint(least, most))
        kinds.insert(self.rng.randint(0, len(kinds)), "name")
        return self._person(), kinds

    def form(self) -> Made:
        """Fill a form of five to nine fields."""
        person, kinds = self._fields(4, 8)
        colon = self.rng.choice((": ", " : ", " = ", "\t"))
        lines = [f"{self.words['labels'][kind]}{colon}{person.value(kind)}" for kind in kinds]
        return "\n".join(lines), [Planted(kind, person.value(kind)) for kind in kinds]

    def _key(self, kind: str) -> str:
        return re.sub(r"\W+", "_", str(self.words["labels"][kind])).strip("_").lower()

    def record(self) -> Made:
        """Write one to three records under speaking keys, flat or nested."""
        values: list[Planted] = []
        rows = []
        for number in range(self.rng.randint(1, 3)):
            person, kinds = self._fields(3, 6)
            row: dict[str, Any] = {self._key(kind): person.value(kind) for kind in kinds}
            values += [Planted(kind, person.value(kind)) for kind in kinds]
            rows.append({"id": 1000 + number, "data": row} if self.rng.random() < 0.5 else {"id": 1000 + number, **row})
        document = {"total": len(rows), "rows": rows, "next": None}
        return json.dumps(document, ensure_ascii=False, indent=self.rng.choice((None, 2))), values

    def opaque(self) -> Made:
        """Write records under keys that say nothing."""
        person, kinds = self._fields(4, 7, _TELLING)
        row = {f"f{number}": person.value(kind) for number, kind in enumerate(kinds, 1)}
        values = [Planted(kind, person.value(kind)) for kind in kinds]
        return json.dumps({"r": [row]}, ensure_ascii=self.rng.random() < 0.3), values

    def table(self) -> Made:
        """Write a table of three to six people."""
        kinds = ["name", *self.rng.sample(KINDS[1:], 4)]
        self.rng.shuffle(kinds)
        people = [self._person() for _ in range(self.rng.randint(3, 6))]
        rows = [[str(self.words["labels"][kind]) for kind in kinds]]
        rows += [[person.value(kind) for kind in kinds] for person in people]
        return _csv(rows, self.rng.choice(",;\t|")), [Planted(k, p.value(k)) for p in people for k in kinds]

    def statements(self) -> Made:
        """Write statements that insert two or three people."""
        kinds = ["name", *self.rng.sample(KINDS[1:], 3)]
        columns, values, rows = ", ".join(map(self._key, kinds)), [], []
        for number in range(self.rng.randint(2, 3)):
            person = self._person()
            values += [Planted(kind, person.value(kind)) for kind in kinds]
            quoted = (person.value(kind).replace("'", "''") for kind in kinds)
            rows.append(f"({number + 1}, " + ", ".join(f"'{value}'" for value in quoted) + ")")
        if self.rng.random() < 0.5:
            return f"INSERT INTO t_{self.rng.randint(1, 99)} (id, {columns}) VALUES\n  " + ",\n  ".join(
                rows
            ) + ";", values
        return "\n".join(f"INSERT INTO contacts (id, {columns}) VALUES {row};" for row in rows), values

    def log(self) -> Made:
        """Write lines of a log, and of a shell, that name people's values beside programs."""
        person = self._person()
        pool = (
            ("username", "{t} INFO auth: login ok user={v} method=otp"), ("ip", "{t} WARN gateway: 3 failures from {v}"),
            ("email", "{t} INFO mailer: queued to=<{v}> id=4f21"), ("phone", "{t} DEBUG sms: dst={v} parts=1"),
            ("iban", "{t} INFO payout: iban={v} amount=120.00"), ("record", "{t} INFO crm: opened customer={v}"),
            ("name", '{t} INFO crm: assignee="{v}" queue=7'), ("email", "curl -s 'https://api.internal/users?email={v}&full=1'"),
            ("username", "sudo chown {v}:staff /srv/export && ls -la /home/{v}/in"), ("password", "export DB_PASSWORD='{v}'"),
            ("email", "git config user.email '{v}'"), ("plate", "{t} INFO gate: plate={v} open=true"),
        )  # fmt: skip
        lines, values = [], []
        for kind, line in self.rng.sample(pool, 5):
            stamp = (
                f"2026-{self.rng.randint(1, 12):02}-{self.rng.randint(1, 28):02}T{self.rng.randint(0, 23):02}:14:07Z"
            )
            lines.append(line.format(t=stamp, v=person.value(kind)))
            values.append(Planted(kind, person.value(kind)))
        return "\n".join(lines), values

    def dictation(self) -> Made:
        """Write sentences as they are heard: no capitals, no marks between words."""
        body, values = self._sentences("sentences", 4)
        kept = []
        for value in values:
            heard = value.text.lower() if value.kind in {"name", "address", "dob", "email", "username"} else value.text
            body = body.replace(value.text, heard)
            kept.append(Planted(value.kind, heard))
        lines = (line[0].lower() + line[1:].rstrip(".") for line in body.split("\n"))
        return " ".join(lines), kept

    def scan(self) -> Made:
        """Fill a form as a bad scan reads it: l for I, 0 for O."""
        text, values = self.form()
        confused = str.maketrans(
            self.rng.choice(({"O": "0", "I": "l"}, {"0": "O", "l": "I"}, {"o": "0"}, {"1": "l", "5": "S"}))
        )
        blurred = {"name", "address", "phone", "passport"}
        kept = []
        for value in values:
            seen = value.text.translate(confused) if value.kind in blurred else value.text
            text = text.replace(value.text, seen)
            kept.append(Planted(value.kind, seen))
        return text, kept

    # --- without anybody ----------------------------------------------------------------------------------------------

    def _slots(self) -> dict[str, Any]:
        rng = self.rng
        return {
            "date": f"{rng.randint(1, 28)}.{rng.randint(1, 12)}.", "n": rng.randint(10, 900), "w": rng.randint(2, 51),
            "p": rng.randint(2, 40), "version": f"{rng.randint(1, 9)}.{rng.randint(0, 30)}.{rng.randint(0, 9)}",
            "good": rng.choice(self.words["goods"].split("|")), "model": rng.choice(self.words["given"].split()),
            "town": rng.choice(self.words["towns"].split("|")),
        }  # fmt: skip

    def business(self) -> str:
        """Write four sentences of business."""
        return " ".join(line.format(**self._slots()) for line in self.rng.sample(self.words["clean"], 4))

    def _good(self) -> str:
        slots = self._slots()
        return self.rng.choice(
            (f"{slots['good']} {slots['model']}", f"{slots['good']} {slots['model']}, 120 cm", str(slots["good"]))
        )

    def goods(self) -> str:
        """Write a list of goods as a tool returns it."""
        key = self.rng.choice(("items", "results", "hits", "data"))
        rows = [
            {"sku": f"{self.rng.choice('ABKT')}-{self.rng.randint(100, 999)}", "name": self._good(), "stock": self.rng.randint(0, 80),
             "warehouse": self._slots()["town"], "price": round(self.rng.uniform(5, 400), 2)}
            for _ in range(self.rng.randint(2, 5))
        ]  # fmt: skip
        return json.dumps({key: rows, "currency": "EUR"}, ensure_ascii=False, indent=self.rng.choice((None, 2)))

    def result(self) -> str:
        """Write what a tool about programs or machines returns."""
        rng = self.rng
        some = rng.sample(packages(), 5)
        shapes: tuple[Callable[[], Any], ...] = (
            lambda: {"packages": [{"name": name, "version": self._slots()["version"], "disabled": rng.random() < 0.2} for name in some]},
            lambda: {"jobs": [{"name": f"build-{name}", "status": rng.choice(("success", "failed", "disabled")), "runner": f"linux-{rng.randint(1, 40)}"} for name in some[:3]]},
            lambda: {"matches": [{"path": f"src/{name}/{rng.choice(some)}.py", "line": rng.randint(1, 900), "text": f"from {name} import {rng.choice(some)}"} for name in some]},
            lambda: {"columns": [{"name": rng.choice(("first_name", "city", "email", "owner", "mark")), "type": "text", "nullable": True} for _ in range(4)], "table": rng.choice(some)},
            lambda: {"forecast": [{"place": town, "high": rng.randint(5, 30), "rain": rng.random() < 0.5} for town in rng.sample(self.words["towns"].split("|"), 3)]},
            lambda: {"issues": [{"number": rng.randint(10, 9000), "title": f"{name} fails on import of {rng.choice(some)}", "labels": ["bug", rng.choice(("symptom", "triage", "agnostic"))]} for name in some[:3]]},
            lambda: {"services": {name: {"port": rng.randint(1000, 9999), "replicas": rng.randint(1, 5), "region": "eu-central-1"} for name in some[:3]}},
            lambda: {"model": rng.choice(("opus", "sonnet", "haiku", "gemma", "claude")), "usage": {"input_tokens": rng.randint(100, 9000)}, "finish": rng.choice(("stop", "length"))},
        )  # fmt: skip
        return json.dumps(rng.choice(shapes)(), indent=rng.choice((None, 2)))

    def stock(self) -> str:
        """Write a table of goods."""
        rows = [["nr", "text", "town", "qty", "price"]]
        rows += [
            [
                str(self.rng.randint(1000, 9999)),
                self._good(),
                self._slots()["town"],
                str(self.rng.randint(0, 99)),
                f"{self.rng.uniform(5, 400):.2f}",
            ]
            for _ in range(self.rng.randint(4, 8))
        ]
        return _csv(rows, self.rng.choice(",;\t|"))

    def query(self) -> str:
        """Write a query over goods."""
        good, town = self._good().replace("'", "''"), self._slots()["town"]
        return self.rng.choice((
            f"SELECT sku, count(*) FROM stock WHERE title = '{good}' AND town IN ('{town}', 'Paris') GROUP BY sku;",
            f"UPDATE products SET title = '{good}', price = {self.rng.randint(5, 99)}.90 WHERE id = {self.rng.randint(1, 9999)};",
            f"INSERT INTO {self.rng.choice(packages()).replace('-', '_').replace('.', '_')} (title, depot) VALUES ('{good}', '{town}');",
        ))  # fmt: skip

    def events(self) -> str:
        """Write lines of programs' logs."""
        rng, lines = self.rng, []
        for number in range(5):
            name = rng.choice(packages())
            lines.append(rng.choice((
                f"2026-05-04 10:0{number}:11,204 INFO  [{name}.worker-{number}] task {rng.choice(packages())} done in {rng.randint(1, 900)} ms",
                f"May  4 10:0{number}:11 node{number} {name}[{rng.randint(100, 9999)}]: connection to 10.0.{number}.17 closed",
                f'  File "/usr/lib/python3/{name}/core.py", line {rng.randint(1, 999)}, in {rng.choice(packages())}',
                f"{name}@{self._slots()['version']} deprecated: use {rng.choice(packages())} instead",
            )))  # fmt: skip
        return "\n".join(lines)

    def config(self) -> str:
        """Write the settings of a service."""
        rng = self.rng
        return "\n".join((
            "service:", f"  name: {rng.choice(packages())}-{rng.choice(('gateway', 'worker', 'proxy'))}", f"  {rng.choice(('disabled', 'debug', 'paused', 'tracing'))}: {rng.choice(('true', 'false'))}",
            f"  image: registry.internal/{rng.choice(packages())}:{self._slots()['version']}", "  env:",
            f"    - {{name: MODE, value: {rng.choice(packages())}}}", f"    - {{name: REGION, value: {self._slots()['town']}}}",
            f"  replicas: {rng.randint(1, 9)}",
        ))  # fmt: skip


def _csv(rows: list[list[str]], separator: str) -> str:
    written = io.StringIO()
    csv.writer(written, delimiter=separator, lineterminator="\n").writerows(rows)
    return written.getvalue().rstrip("\n")
