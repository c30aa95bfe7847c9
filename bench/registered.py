"""Exact match of registered people: what is missed, what is falsely matched, what it costs with a million people.

Run: python -m bench.registered [--people 1000000]. Two thousand of the people are written in each of the spellings
below and looked for through documents as the served path lays them out; clean texts are the repository's and fresh ones
whose numbers and names are nobody's. The index is made in memory, without a database. Cost is CPU of one thread; beside
it stands what the pattern tier needs for the same texts in the same process.
"""

from __future__ import annotations

import argparse
import base64
import html
import json
import random
import resource
import sysconfig
import time
import unicodedata
import urllib.parse
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bench.detection_texts import Maker
from bench.outbound.material import FOLDER
from proxy.core.findings import SegmentFindings
from proxy.core.leaves import TextLeaf
from proxy.core.search.names import SHORT_WORDS
from proxy.core.search.skeleton import skeleton
from proxy.detection import documents
from proxy.detection.patterns.scanner import PatternScanner
from proxy.detection.registered.building import built
from proxy.detection.registered.lists import RegisteredList
from proxy.detection.registered.matching import RegisteredPeople
from proxy.detection.registered.rows import RowDigests, columns, types_of
from proxy.detection.registered.table import DigestTable
from proxy.detection.registered.words import Digester, is_everyday

COLUMNS = "given,family,id,phone,account,email,street,zip,city,subject=id"
COUNTRIES = "DE GB ES FR IT NL PL PT".split()
STREETS = (
    ("{}straße", "Berlin Köln München"), ("{} Street", "London Leeds York"), ("Calle {}", "Madrid Málaga Córdoba"),
    ("Rue {}", "Paris Lyon Orléans"), ("Via {}", "Roma Milano Forlì"), ("{}straat", "Utrecht Delft Breda"),
    ("ulica {}", "Łódź Gdańsk Kraków"), ("Rua {}", "Porto Lisboa Évora"),
)  # fmt: skip
ASKED = 2_000
_CODE = 6_000_000
_ROOT = Path(__file__).parents[1]
_BARE = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ø": "oe", "å": "aa"}
)
Row = Mapping[str, str]


class Spelling(NamedTuple):
    """One way to write a person: the texts of a request, and what must be found in them: entity types."""

    name: str
    write: Callable[[Row], Sequence[str | TextLeaf] | str]
    types: frozenset[str] = frozenset({"PERSON"})
    low: bool = False


def people(number: int, seed: int = 7) -> Iterator[Row]:
    """Yield records with names of many countries, streets and towns of eight, and numbers of their own."""
    chance = random.Random(seed)
    given, family = (_words(name) for name in ("given.txt", "family.txt"))
    codes = {"DE": "49", "GB": "44", "ES": "34", "FR": "33", "IT": "39", "NL": "31", "PL": "48", "PT": "351"}
    for at in range(number):
        country, (street, towns) = COUNTRIES[at % len(COUNTRIES)], STREETS[at % len(STREETS)]
        first, last = chance.choice(given), chance.choice(family)
        phone = f"+{codes[country]} {chance.randrange(600, 800)} {chance.randrange(10**6, 10**7)}"
        account = f"{country}{chance.randrange(10, 99)}" + "".join(chance.choices("0123456789", k=18))
        yield {
            "given": first, "family": last, "id": f"{chance.choice('KPB')}{10_000_000 + at * 7}", "phone": phone,
            "account": account, "email": f"p{at}.{chance.randrange(10**6)}@{country.lower()}.mailhost.org",
            "street": f"{street.format(chance.choice(family))} {chance.randrange(1, 200)}", "zip": str(chance.randrange(10_000, 99_999)),
            "city": chance.choice(towns.split()),
        }  # fmt: skip


def _words(name: str) -> list[str]:
    text = (_ROOT / "proxy/detection/people/known_names" / name).read_text(encoding="utf-8")
    return sorted({word.strip("~=").title() for word in text.split() if word.strip("~=").isalpha()})


def _full(row: Row) -> str:
    return f"{row['given']} {row['family']}"


def _polish(word: str) -> str:
    """Return the genitive: Anny, Marcella, Kowalskiego, Adama; names of up to three letters have none."""
    if len(word) <= 3:
        return word
    if word.endswith(("ski", "cki")):
        return f"{word}ego"
    return word[:-1] + ("y" if word[-1] == "a" else "a") if word[-1] in "aeiouy" else f"{word}a"


def _leaves(row: Row) -> Sequence[TextLeaf]:
    return [
        TextLeaf(row["id"], "id", "/input"), TextLeaf(row["family"], "last name", "/input"),
        TextLeaf("2031-04-05", "since", "/input"), TextLeaf(row["given"], "first name", "/input"),
    ]  # fmt: skip


def _entities(text: str) -> str:
    return "".join(f"&#{ord(c)};" if not c.isascii() or c in "aeo" else html.escape(c) for c in text)


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


SPELLINGS = (
    Spelling("as registered", lambda r: f"Please call {_full(r)} tomorrow."),
    Spelling("in capitals", lambda r: f"RE: {_full(r).upper()}, OVERDUE"),
    Spelling("in lower case", lambda r: f"can you ask {_full(r).lower()} again", low=True),
    Spelling("in lower case, with a title", lambda r: f"can you ask dr. {_full(r).lower()} again"),
    Spelling("without accents, ue for ü", lambda r: f"Note for {_ascii(_full(r).translate(_BARE))}."),
    Spelling("with accents apart", lambda r: f"Note for {unicodedata.normalize('NFD', _full(r))}."),
    Spelling("family name first", lambda r: f"{r['family']}, {r['given']}\n"),
    Spelling("with a title", lambda r: f"Sehr geehrte Frau Dr. {_full(r)},"),
    Spelling("genitive", lambda r: f"the file of {r['given']} {r['family']}s, and {_full(r)}'s wife"),
    Spelling("inflected", lambda r: f"dla {_polish(r['given'])} {_polish(r['family'])} napisano"),
    Spelling("as an address of mail", lambda r: f"{_ascii(_full(r).translate(_BARE)).lower().replace(' ', '.')}@host.example"),
    Spelling("with underscores", lambda r: f"report_{_full(r).replace(' ', '_')}.pdf"),
    Spelling("in a row of a table", lambda r: f"id;family;given\n{r['id']};{r['family']};{r['given']}\n"),
    Spelling("in JSON apart", _leaves),
    Spelling("in percent signs", lambda r: f"https://host.example/?q={urllib.parse.quote(_full(r))}"),
    Spelling("in entities of HTML", lambda r: f"<p>{_entities(_full(r))}</p>"),
    Spelling("in escapes of JSON", lambda r: '{"note": ' + json.dumps("call " + _full(r).replace("a", "ä")).replace("\\u00e4", "\\u0061") + "}"),
    Spelling("in base64", lambda r: f"payload: {_base64('Letter to ' + _full(r) + ' about the bill')}"),
    Spelling("with invisible characters", lambda r: "Hello " + "\u200b".join(r["given"]) + " " + "\u00ad".join(r["family"]) + "!"),
    Spelling("numbers in groups", lambda r: f"{r['id'][:3]}-{r['id'][3:6]} {r['id'][6:]}, {' '.join(r['account'][i : i + 4] for i in range(0, 22, 4))}", frozenset({"USERNAME", "BANK_ACCOUNT"})),
    Spelling("telephone of home and abroad", lambda r: f"tel. 00{r['phone'][1:].replace(' ', '')}, 0{r['phone'].split(' ', 1)[1].replace(' ', '-')}", frozenset({"PHONE_NUMBER"})),
    Spelling("mail and address", lambda r: f"{r['email'].upper()}; {r['street'].lower()}, {r['zip']} {r['city']}", frozenset({"EMAIL_ADDRESS", "STREET_ADDRESS"})),
)  # fmt: skip


def _is_everyday(row: Row) -> bool:
    bones = [skeleton(word) for word in _full(row).split()]
    return all(is_everyday(word) or len(word) <= 3 for word in bones) or not SHORT_WORDS.isdisjoint(bones)


def _ascii(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).translate(
        str.maketrans({"ł": "l", "Ł": "L", "đ": "d"})
    )


def index(rows: Iterator[Row], asked: list[Row]) -> tuple[RegisteredPeople, int, int, float]:
    """Return the people of rows, the first of which are kept in ``asked``; bytes, digests, and seconds of CPU."""
    chosen = columns(COLUMNS)
    digester = Digester(b"r" * 32)
    maker, started = RowDigests(digester, chosen), time.process_time()
    digests, lengths = array("Q"), dict[tuple[int, int], int]()
    for row in rows:
        if len(asked) < ASKED:
            asked.append(row)
        person = maker.of(row)
        digests.extend(person.digests)
        for length in person.lengths:
            lengths[length] = lengths.get(length, 0) + 1
    made = time.process_time() - started
    data = built(np.frombuffer(digests, np.uint64))
    listed = RegisteredList("bench", "rl_bench", DigestTable(data), types_of(chosen), lengths)
    return RegisteredPeople(digester, [listed]), len(data), len(digests), made


def matched(registered: RegisteredPeople, texts: str | Sequence[str | TextLeaf]) -> frozenset[str]:
    """Return the types of what stands in the texts of a request, which are laid out as the served path does."""
    types: set[str] = set()
    for unit in documents.units([texts] if isinstance(texts, str) else texts):
        segments = registered.applied(unit, [SegmentFindings()] * len(unit.leaves))
        types.update(finding.entity_type for segment in segments for finding in segment.findings)
    return frozenset(types)


def clean_texts() -> Iterator[tuple[str, str]]:
    """Yield (kind, text) in which nobody is named: the repository's, and fresh ones."""
    for line in (FOLDER / "clean.jsonl").read_text(encoding="utf-8").splitlines():
        yield "clean.jsonl", json.loads(line)["text"]
    for path in sorted((_ROOT / "proxy").rglob("*.py")):
        yield "source code", path.read_text(encoding="utf-8")
    size = 0
    for path in sorted(Path(sysconfig.get_path("stdlib")).rglob("*.py")):
        if size < _CODE and "packages" not in str(path):
            text = path.read_text(encoding="utf-8", errors="replace")
            size += len(text)
            yield "the standard library", text
    maker = Maker(41)
    for kind in ("prose, no names", "code", "log"):
        for _ in range(100):
            yield kind, maker.text(kind, 4_000)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=1_000_000)
    arguments = parser.parse_args()
    asked: list[Row] = []
    registered, size, digests, made = index(people(arguments.people), asked)
    print(f"{arguments.people} people: {digests} digests in {made:.0f} s of CPU, index of {size / 1e6:.0f} MB, ")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    spelled(registered, asked)
    falsely(registered)
    costs(registered)


def spelled(registered: RegisteredPeople, asked: Sequence[Row]) -> None:
    for spelling in SPELLINGS:
        looked_for = [row for row in asked if not (spelling.low and _is_everyday(row))]
        missed = [row for row in looked_for if not spelling.types <= matched(registered, spelling.write(row))]
        left = (
            f", {len(asked) - len(looked_for)} of everyday or very short words count with a capital only"
            if spelling.low
            else ""
        )
        print(f"{spelling.name:32} {len(looked_for) - len(missed)} of {len(looked_for)}{left}")
        for row in missed[:3]:
            print("   ", spelling.write(row))


def falsely(registered: RegisteredPeople) -> None:
    false: dict[str, list[str]] = {}
    for kind, text in clean_texts():
        false.setdefault(kind, []).extend(text[f.start : f.end] for f in registered.find(text))
    for kind, values in false.items():
        print(f"false in {kind:24} {len(values)} {values[:8]}")


def costs(registered: RegisteredPeople) -> None:
    scanner = PatternScanner()
    for kind in ("prose", "JSON", "code", "log", "dense"):
        texts = [Maker(seed).text(kind, 4_096) for seed in range(100, 160)]
        for text in texts[:20]:
            registered.find(text)
        ours = _cpu(registered.find, texts[20:])
        theirs = _cpu(scanner.scan, texts[20:])
        print(f"{kind:8} {ours:.3f} ms per KB, patterns {theirs:.3f}")
    lines = [Maker(seed).text("JSON", 4_096) for seed in range(100, 140)]
    units = [documents.units(_records(text)) for text in lines]
    _applied(registered, units[:10])
    size = sum(len(unit.text) for request in units[10:] for unit in request)
    started = time.thread_time()
    _applied(registered, units[10:])
    print(f"records  {(time.thread_time() - started) * 1e3 / (size / 1024):.3f} ms per KB, values of JSON together")


def _applied(registered: RegisteredPeople, requests: Sequence[Sequence[documents.ReadingUnit]]) -> None:
    for units in requests:
        for unit in units:
            registered.applied(unit, [SegmentFindings()] * len(unit.leaves))


def _records(lines: str) -> list[TextLeaf]:
    """Return the values of rows of JSON as a request has them: each with its key, those of one request together."""
    rows = [json.loads(line) for line in lines.splitlines() if line.endswith("}")]
    return [
        TextLeaf(str(value["name"] if isinstance(value, dict) else value), key, "/input")
        for row in rows for key, value in row.items() if key in {"id", "title", "assignee", "size"}
    ]  # fmt: skip


def _cpu(work: Callable[[str], object], texts: Sequence[str]) -> float:
    started = time.thread_time()
    for text in texts:
        work(text)
    return (time.thread_time() - started) * 1e3 / (sum(map(len, texts)) / 1024)


if __name__ == "__main__":
    main()
