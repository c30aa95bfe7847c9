"""Mutation test of the policy library: is every condition pinned down by a test?

Removes or inverts one condition at a time in the library's Rego (an expression of a body, a comparison, a ``not``, the
condition of a one-line rule), then runs the twin test, all Rego tests and the worked cases until one fails. A mutant that
does not compile says nothing and is not counted. Prints the survivors and the share that was killed; exits 1 below the
floor. ``--only PART`` restricts it to files whose path contains PART; ``--jobs N`` sets the processes.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
import harness
from opa_bindings import OpaError, OpaUndefinedError

FLOOR = 95.0
_FIXTURES = "lib/fixtures/fixtures_test.rego"
#: Tests per evaluation; the first batch that fails ends a mutant.
_BATCH = 12
#: A comparison -> what takes its place.
_COMPARISONS = {" == ": " != ", " != ": " == ", " <= ": " < ", " >= ": " > ", " < ": " <= ", " > ": " >= "}
_ASKED_TWICE = "spares work: the rule and the collector of denials ask the same"
#: Conditions of the collector of denials, and those of the rules that say the same.
_TWICE = (
    ("lib/denials/denials.rego", 'some family in ["classifier", "registry", "residency", "special"]'),
    ("lib/denials/denials.rego", "facts.personal"),
    ("lib/denials/denials.rego", "facts.phi"),
    ("lib/denials/denials.rego", "input.data_subjects.us_bulk"),
    ("lib/denials/denials.rego", "facts.transferring != set()"),
    ("lib/hipaa/hipaa.rego", "facts.phi"),
    ("rules/processor/dpa/dpa.rego", "facts.personal"),
    ("rules/processor/training_use/training_use.rego", "facts.personal"),
    ("rules/us/doj_bulk_data/doj_bulk_data.rego", "input.data_subjects.us_bulk"),
)
#: Mutants that no test can tell apart, and why.
EQUIVALENT: dict[tuple[str, str], str] = {
    **dict.fromkeys(_TWICE, _ASKED_TWICE),
    (
        "main.rego",
        'else := object.union(exchange, advice) if outcome.effect == "deny"',
    ): "spares work where the request is permitted",
    ("rules/obligations/notify/notify.rego", "waivers.opened != set()"): "spares an obligation that nobody is asked",
    (
        "rules/obligations/post_review/post_review.rego",
        "waivers.opened != set()",
    ): "spares an obligation that nobody is asked",
    ("lib/waivers/waivers.rego", "liftable != set()"): "spares work where nothing can be lifted",
    (
        "lib/waivers/waivers.rego",
        'overrides := object.union({"exceptions": used_exceptions}, used_grant) if waived != {}',
    ): "spares work where nothing is waived",
}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One changed line. ``row`` is 1-based; an empty ``after`` means that the line is gone."""

    module: str
    row: int
    how: str
    before: str
    after: str


def _body_rows(lines: list[str]) -> set[int]:
    """Return the rows (0-based) that are expressions of a rule body: one per line, between ``if {`` and its ``}``."""
    rows: set[int] = set()
    depth, body = 0, None
    for row, line in enumerate(lines):
        text = line.strip()
        if body is not None and depth == body and text and not text.startswith(("}", "#")):
            rows.add(row)
        opened = depth
        depth += len(re.findall(r"[{(\[]", line)) - len(re.findall(r"[})\]]", line))
        if re.search(r"\bif \{$", line) or text.endswith(("|", "{ ")):
            body = depth if re.search(r"\bif \{$", line) else body
        if body is not None and depth < body and opened >= body:
            body = None
    return rows


def _expression(text: str) -> Iterator[tuple[str, str]]:
    """Yield (how, replacement) for one expression of a body."""
    if re.fullmatch(r"some [\w, ]+", text):
        return  # declares a variable, tests nothing
    if not text.endswith(("{", "(", "[", ",")):
        yield "removed", ""
    if text.startswith("not "):
        yield "inverted", text.removeprefix("not ")
    elif _invertible(text):
        yield "inverted", f"not {text}"
    yield from _comparisons(text)


def _invertible(text: str) -> bool:
    """Tell whether ``not`` before an expression is a change of its own: comparisons are inverted by their sign."""
    declares = re.match(r"(some|every) |[\w, \[\]]+ := ", text)
    return not declares and not text.endswith(("{", "(", "[", ",")) and not any(sign in text for sign in _COMPARISONS)


def _comparisons(text: str) -> Iterator[tuple[str, str]]:
    for sign, other in _COMPARISONS.items():
        for match in re.finditer(re.escape(sign), text):
            yield f"{sign.strip()} became {other.strip()}", text[: match.start()] + other + text[match.end() :]


def _one_liner(text: str) -> Iterator[tuple[str, str]]:
    """Yield changes of the condition of ``head if condition``."""
    head, mark, condition = text.partition(" if ")
    if not mark or condition == "{":
        return
    yield "removed", f"{head} if true"
    if condition.startswith("not "):
        yield "inverted", f"{head} if {condition.removeprefix('not ')}"
    elif _invertible(condition):
        yield "inverted", f"{head} if not {condition}"
    for how, changed in _comparisons(condition):
        yield how, f"{head} if {changed}"


def _inline(text: str) -> Iterator[tuple[str, str]]:
    """Yield changes of the conditions after the first of an inline comprehension ``[x | some ..; condition]``."""
    for match in re.finditer(r"; ([^;\]}]+(?:\[[^\]]*\])?[^;\]}]*)(?=[;\]}])", text):
        yield "removed", text[: match.start()] + text[match.end() :]
    if " | " in text:
        yield from _comparisons(text)


def mutants_of(module: str, source: str) -> list[Mutant]:
    """Return every mutant of a module, duplicates left out."""
    lines = source.splitlines()
    bodies = _body_rows(lines)
    found: dict[tuple[int, str], Mutant] = {}
    for row, line in enumerate(lines):
        text = line.strip()
        if not text or text.startswith(("#", "import ", "package ")):
            continue
        indent = line[: len(line) - len(line.lstrip())]
        listed = row in bodies or (indent and _in_comprehension(lines, row))
        changes = _expression(text) if listed else _one_liner(text)
        for how, after in [*changes, *_inline(text)]:
            changed = f"{indent}{after}" if after else ""
            found.setdefault((row, changed), Mutant(module, row + 1, how, text, changed))
    return list(found.values())


def _in_comprehension(lines: list[str], row: int) -> bool:
    """Tell whether a row is an expression of a comprehension that is written over several lines."""
    for above in range(row - 1, max(row - 12, -1), -1):
        text = lines[above].strip()
        if text.endswith("|"):
            return not lines[row].strip().startswith(("]", "}", ")"))
        if text.startswith(("]", "}", ")")) or not text:
            return False
    return False


def _applied(mutant: Mutant, source: str) -> str:
    lines = source.splitlines()
    lines[mutant.row - 1 : mutant.row] = [mutant.after] if mutant.after else []
    return "\n".join(lines) + "\n"


class Judge:
    """Runs one mutant at a time against the tests, in a process of its own."""

    def __init__(self) -> None:
        self._all = harness.sources(tests=True, examples=True)
        self._tests = harness.test_names(self._all)
        self._data = json.loads((harness.CONTRACTS / "example_data_document.json").read_text())
        self._cases = json.loads((harness.GOLDEN / "decision_cases.json").read_text())["cases"]

    def verdict(self, mutant: Mutant) -> str:
        """Return "invalid", "killed" or "survived"."""
        changed = {**self._all, mutant.module: _applied(mutant, self._all[mutant.module])}
        twin = f"{mutant.module.removesuffix('.rego')}_test.rego"
        first = {test for test, module in self._tests.items() if module == twin}
        small = {n: s for n, s in changed.items() if not n.endswith("_test.rego") or n in {twin, _FIXTURES}}
        try:
            if not self._passes(small, [first]):
                return "killed"
        except OpaError as error:
            return "invalid" if error.code in {"parse_error", "prepare_error"} else "killed"
        rest = sorted(self._tests.keys() - first)
        batches = [set(rest[start : start + _BATCH]) for start in range(0, len(rest), _BATCH)]
        try:
            killed = not self._passes(changed, batches) or not self._decides(changed)
        except OpaError:
            return "killed"
        return "killed" if killed else "survived"

    def _passes(self, modules: dict[str, str], batches: list[set[str]]) -> bool:
        tests = set().union(*batches)
        with harness.engine({**modules, "suite.rego": harness.runner(tests)}) as loaded:
            return all(harness.passing(loaded, batch) == batch for batch in batches)

    def _decides(self, modules: dict[str, str]) -> bool:
        plain = {name: source for name, source in modules.items() if not name.endswith("_test.rego")}
        with harness.engine({**plain, "suite.rego": harness.runner(())}, self._data) as loaded:
            return all(self._decision_fits(loaded, case) for case in self._cases)

    def _decision_fits(self, loaded: Any, case: dict[str, Any]) -> bool:
        data = harness.adjusted(self._data, case["data_overrides"])
        data = harness.lawbook.completed(data, harness.LEGAL) if data else {}
        kept = {key: data.get(key, False) for key in harness.OVERRIDDEN}
        try:
            decision = loaded.eval_document("suite.decided", {"case": case["input_document"], "data": kept})
        except OpaUndefinedError:
            return False
        return harness.differences(case["expect"], decision) == []


_judges: list[Judge] = []


def _judge(mutant: Mutant) -> tuple[Mutant, str]:
    if not _judges:
        _judges.append(Judge())
    return mutant, _judges[0].verdict(mutant)


def _line(mutant: Mutant) -> str:
    why = EQUIVALENT.get((mutant.module, mutant.before), "")
    changed = mutant.after.strip() or "nothing"
    return f"survived {mutant.module}:{mutant.row} {mutant.before} => {changed}{f'  [{why}]' if why else ''}"


def _report(results: list[tuple[Mutant, str]]) -> int:
    valid = [(mutant, outcome) for mutant, outcome in results if outcome != "invalid"]
    survivors = sorted((m for m, o in valid if o == "survived"), key=lambda m: (m.module, m.row, m.after))
    print("survivors:" if survivors else "no survivors")
    for mutant in survivors:
        print(_line(mutant))
    killed = len(valid) - len(survivors)
    share = 100 * killed / len(valid) if valid else 0.0
    print(f"{killed} of {len(valid)} mutants killed ({share:.1f} %), {len(results) - len(valid)} did not compile")
    return 0 if share >= FLOOR else 1


def main() -> int:
    """Run the mutation test; see the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="part of the paths to mutate")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    wanted = parser.parse_args()
    found = [
        mutant
        for name, source in harness.sources().items()
        if wanted.only in name
        for mutant in mutants_of(name, source)
    ]
    print(f"{len(found)} mutants", flush=True)
    results = []
    with multiprocessing.get_context("spawn").Pool(wanted.jobs, maxtasksperchild=60) as pool:
        for number, result in enumerate(pool.imap_unordered(_judge, found), 1):
            results.append(result)
            if result[1] == "survived":
                print(_line(result[0]), flush=True)
            if number % 50 == 0:
                print(f"  {number} of {len(found)}", flush=True)
    return _report(results)


if __name__ == "__main__":
    sys.exit(main())
