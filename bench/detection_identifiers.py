"""National and sector identifiers with a check: precision and recall per country on texts made here.

``python -m bench.detection_identifiers`` (or ``bench.detection --identifiers``) writes valid numbers into sentences,
keys and tables beside a word that announces them, and bare where the number speaks for itself; then look-alikes: order,
invoice and tracking numbers of the same form, counters of random digits, telephone numbers, versions, prices, hashes.
Recall counts valid numbers that a finding covers whole ("own": one of that very kind; a number that is valid in two
systems may be told as the other). Precision holds against every finding of a country's recognizers on a look-alike,
whichever country's it was made from. Exits with 1 where recall is below 1 or precision below 0.99.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from proxy.detection.patterns.pattern import Pattern
from proxy.detection.patterns.recognizers import PATTERNS
from proxy.detection.patterns.scanner import REPORTED, PatternScanner

OUT = Path(__file__).parent / "out"
#: What may cover a number that is valid in more than one system.
COVERING = {"CREDIT_CARD", "PHONE_NUMBER", "PASSPORT", "MEDICAL_RECORD_NUMBER", "DEVICE_ID"}
IDENTIFIERS = {
    "NATIONAL_ID",
    "US_SSN",
    "US_ITIN",
    "NHS_NUMBER",
    "HEALTH_PLAN_ID",
    "PROVIDER_NPI",
    "ABA_ROUTING",
    "PROFESSIONAL_LICENSE",
    "BANK_ACCOUNT",
}
_ANNOUNCED = (
    "{word}: {value}.",
    "My {word} is {value}, thank you.",
    '{{"{word}": "{value}", "open": true}}',
    "| {word} | {value} |",
    "Please use {word} {value} for the form",
)
_BARE = ("Can you check {value} for me?", "value\t{value}\tdone")
_LOOK_ALIKES = (
    "order number {value} was shipped", "Invoice {value} is due on Monday", "ticket #{value} was closed", "tracking {value} left the depot",
    "part number {value} is out of stock", "batch {value} of the product", "the serial {value} of this model", "total {value} bytes",
)  # fmt: skip
_OTHERS = (
    "release {a}.{b}.{c} of the tool", "it costs {a}{b},{c}9 in total", "commit 3f{a}{b}a{c}9e0 broke the build", "The counter reads {digits} now",
    "request id {digits}-{digits} timed out", "at 2026-03-1{a}T10:{b}{c}:00Z", "port {a}{b}{c}0 is in use", "epoch {digits}", "call +{a}{b} {c}0 {digits}",
)  # fmt: skip


@dataclass
class Row:
    """Counts of one country."""

    values: int = 0
    found: int = 0
    own: int = 0
    alike: int = 0
    false: int = 0
    missed: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def recall(self) -> float:
        return self.found / self.values if self.values else 1.0

    @property
    def precision(self) -> float:
        return self.found / (self.found + self.false) if self.found + self.false else 1.0


def _parsed(pattern: Pattern) -> Any:
    return re._parser.parse(pattern.body)  # type: ignore[attr-defined] # noqa: SLF001 -- the standard library's own reading of a pattern


def _sample(parsed: Any, chance: random.Random) -> str:
    """One random string that a parsed expression matches."""
    made = []
    for code, argument in parsed:
        name = str(code)
        if name == "LITERAL":
            made.append(chr(argument))
        elif name == "IN":
            kind, value = chance.choice(argument)
            made.append(chr(value) if str(kind) == "LITERAL" else chr(chance.randint(*value)))
        elif name == "MAX_REPEAT":
            low, high, inner = argument
            made.extend(_sample(inner, chance) for _ in range(chance.randint(low, min(int(high), low + 3))))
        elif name == "SUBPATTERN":
            made.append(_sample(argument[3], chance))
        elif name == "BRANCH":
            made.append(_sample(chance.choice(argument[1]), chance))
        else:
            raise NotImplementedError(name)
    return "".join(made)


def _endings(value: str) -> Iterator[str]:
    """The value with each pair of last characters: one of them has the right check digits."""
    places = [index for index, character in enumerate(value) if character.isalnum()][-2:]
    alphabets = ["0123456789" if value[place].isdigit() else "ABCDEFGHIJKLMNOPQRSTUVWXYZ" for place in places]
    for first in alphabets[0] if alphabets[0] == "0123456789" else value[places[0]]:
        for second in alphabets[1]:
            yield value[: places[0]] + first + value[places[0] + 1 : places[1]] + second + value[places[1] + 1 :]


def valid(pattern: Pattern, wanted: int, chance: random.Random) -> list[str]:
    """Values that a pattern's check accepts whole."""
    assert pattern.check is not None
    parsed = _parsed(pattern)
    whole = re.compile(pattern.body)
    made: list[str] = []
    for _ in range(40_000):
        for candidate in _endings(_sample(parsed, chance)):
            if whole.fullmatch(candidate) and pattern.check(candidate) == len(candidate):
                made.append(candidate)
                break
        if len(made) == wanted:
            break
    return made


def checked() -> list[Pattern]:
    """Patterns of a country's identifiers that have a check."""
    return [
        p
        for p in PATTERNS
        if p.country
        and p.check is not None
        and p.boosted > 0.9
        and p.entity_type in IDENTIFIERS
        and "(?P<v>" not in p.body
    ]


def _covered(scanner: PatternScanner, text: str, value: str, kinds: set[str]) -> bool:
    start = text.index(value)
    marks = bytearray(len(text))
    for finding in scanner.scan(text):
        if finding.entity_type in kinds:
            marks[finding.start : finding.end] = b"\1" * (finding.end - finding.start)
    return all(marks[start : start + len(value)])


def _positives(pattern: Pattern, value: str, chance: random.Random) -> list[str]:
    assert pattern.words is not None
    own = [phrase for phrase in pattern.words.phrases if len(phrase) > 2] or list(pattern.words.phrases)
    texts = [form.format(word=chance.choice(own), value=value) for form in _ANNOUNCED]
    return texts + ([form.format(value=value) for form in _BARE] if pattern.score >= REPORTED else [])


def _negatives(pattern: Pattern, values: list[str], chance: random.Random) -> Iterator[str]:
    parsed = _parsed(pattern)
    for value in values:
        yield chance.choice(_LOOK_ALIKES).format(value=value)  # a valid one that is something else
        for form in chance.sample(_LOOK_ALIKES, 3):
            yield form.format(value=_sample(parsed, chance))
        for form in chance.sample(_OTHERS, 4):
            numbers = {letter: str(chance.randint(1, 9)) for letter in "abc"}
            length = sum(map(str.isdigit, value))
            yield form.format(digits="".join(chance.choice("0123456789") for _ in range(length)), **numbers)


def measure(each: int, seed: int = 11) -> dict[str, Row]:
    """Return the counts per country."""
    scanner, chance = PatternScanner(), random.Random(seed)
    owner = {pattern.name: pattern.country for pattern in PATTERNS}
    rows: dict[str, Row] = defaultdict(Row)
    for pattern in checked():
        row = rows[pattern.country]
        values = valid(pattern, each, chance)
        for value in values:
            for text in _positives(pattern, value, chance):
                row.values += 1
                row.own += _covered(scanner, text, value, {pattern.entity_type})
                if _covered(scanner, text, value, IDENTIFIERS | COVERING):
                    row.found += 1
                else:
                    row.missed.append(f"{pattern.name}: {text}")
        for text in _negatives(pattern, values, chance):
            row.alike += 1
            hits = [
                f.recognizer
                for f in scanner.scan(text)
                if owner.get(f.recognizer) == pattern.country and f.entity_type in IDENTIFIERS
            ]
            if hits:
                row.false += 1
                row.wrong.append(f"{hits[0]}: {text}")
    return dict(sorted(rows.items()))


def run(each: int, examples: int) -> bool:
    """Print the table; return whether every country meets the bars."""
    rows = measure(each)
    print(f"{'country':8} {'values':>7} {'recall':>7} {'own':>7} {'look-alikes':>12} {'false':>6} {'precision':>10}")
    for country, row in rows.items():
        flag = "" if row.recall == 1 and row.precision >= 0.99 else "  <--"
        print(
            f"{country:8} {row.values:>7} {row.recall:>7.4f} {row.own / max(1, row.values):>7.4f} {row.alike:>12} {row.false:>6} {row.precision:>10.4f}{flag}"
        )
        for line in [*row.missed[:examples], *row.wrong[:examples]]:
            print("      ", line)
    good = all(row.recall == 1 and row.precision >= 0.99 for row in rows.values())
    total = [sum(getattr(row, name) for row in rows.values()) for name in ("values", "found", "own", "alike", "false")]
    print(
        f"{'all':8} {total[0]:>7} {total[1] / total[0]:>7.4f} {total[2] / total[0]:>7.4f} {total[3]:>12} {total[4]:>6} {total[1] / (total[1] + total[4]):>10.4f}"
    )
    OUT.mkdir(exist_ok=True)
    figures = {
        c: {"values": r.values, "recall": r.recall, "look_alikes": r.alike, "precision": r.precision}
        for c, r in rows.items()
    }
    (OUT / "detection_identifiers.json").write_text(json.dumps(figures, indent=1), encoding="utf-8")
    return good


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--each", type=int, default=25, help="valid values of each kind of number")
    parser.add_argument(
        "--examples", type=int, default=0, help="print this many misses and false alarms of each country"
    )
    given = parser.parse_args()
    sys.exit(0 if run(given.each, given.examples) else 1)


if __name__ == "__main__":
    main()
