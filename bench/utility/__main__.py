"""Answer forty questions over originals, tokens and realistic surrogates: ``python -m bench.utility``.

Each text goes through the pipeline with its values found (detection is not what is measured). A script answers from what the
target received, by rules that know no original (``solving``), and the reply goes back through the proxy. It is right if the
caller gets what the same rules make of the originals. Surrogates are chosen by key, so each question is asked in five
conversations, and counts where all five answers are right. No model answers: none that packages provide is good enough.
Ends with status 1 if fewer than 38 answers over realistic surrogates are right.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import groupby

import orjson
from rich.console import Console
from rich.table import Table

from bench.utility.questions import QUESTIONS, TYPES, Question
from proxy.core.findings import Finding, SegmentFindings
from proxy.core.leaves import bare
from proxy.core.records import Obligation
from testing.fakes import FakeDetector, FakePdp, FakeReply, Stage, chat, completion, exchange

_SLOT = re.compile(r"\{(\w):([^}]*)\}")
_AROUND = (Obligation("r", "residual_scan"), Obligation("b", "reidentify_response"))
SYSTEMS = {
    "originals": (),
    "tokens": (Obligation("s", "pseudonymize"), *_AROUND),
    "realistic": (Obligation("s", "pseudonymize", method="surrogate_realistic"), *_AROUND),
}
LEAST = 38
_CONVERSATIONS = ("1", "2", "3", "4", "5")


@dataclass
class _Planted(FakeDetector):
    """Finds the values of one question."""

    language: str = ""
    values: dict[str, str] = field(default_factory=dict)  # value -> entity type

    def scan(self, text: str, tenant: str = "") -> tuple[Finding, ...]:  # noqa: ARG002
        found: list[Finding] = []
        for value, entity_type in self.values.items():
            for match in re.finditer(rf"(?<!\w){re.escape(value)}(?!\w)", text):
                found.append(Finding(entity_type, match.start(), match.end(), 0.9, "planted"))  # noqa: PERF401
        return tuple(sorted(found, key=lambda finding: (finding.start, -finding.end)))

    def _segment(self, leaf: object) -> SegmentFindings:
        return SegmentFindings(self.scan(bare(leaf)), self.status, self.language)  # type: ignore[arg-type]


async def answered(question: Question, obligations: tuple[Obligation, ...], conversation: str) -> tuple[str, str, str]:
    """Return what was sent, the reply to the caller, and the right one."""
    slots = _SLOT.findall(question.text)
    text = _SLOT.sub(lambda match: match[2], question.text)
    values = {value: TYPES[kind] for kind, value in slots}
    stage = Stage(detector=_Planted(language=question.language, values=values), pdp=FakePdp(obligations))
    template = re.compile("".join(map(_pattern, re.split(r"(\{\w:[^}]*\})", question.text))))
    sent: list[str] = []

    def reply(outbound: object) -> None:
        sent.append(orjson.loads(outbound.wire.body)["messages"][0]["content"])  # type: ignore[attr-defined]
        match = template.fullmatch(sent[0])
        try:
            said = question.solve(match.groups()) if match else "The text is another one."
        except ValueError:
            said = "That is not a date."
        stage.upstreams.replies = {"a": FakeReply(parts=[completion(said)])}

    stage.upstreams.before = reply
    client = await stage.run(chat(text), declared=replace(exchange().declared, conversation=conversation))
    right = question.solve([value for _, value in slots])
    if not sent:
        return "", client.body.decode(), right
    return sent[0], orjson.loads(client.body)["choices"][0]["message"]["content"], right


def _pattern(piece: str) -> str:
    return "(.+?)" if _SLOT.fullmatch(piece) else re.escape(piece)


async def main(*, verbose: bool = False) -> Counter[str]:
    """Print what was answered rightly, by kind of question and system; return the totals."""
    console, table = Console(width=140, highlight=False), Table(box=None, header_style="bold")
    for column in ("questions", "", *SYSTEMS):
        table.add_column(column, justify="left" if column == "questions" else "right")
    totals: Counter[str] = Counter()
    for kind, group in groupby(sorted(QUESTIONS, key=lambda question: question.kind), lambda question: question.kind):
        questions, right = list(group), Counter[str]()
        for question in questions:
            for system, obligations in SYSTEMS.items():
                answers = [await answered(question, obligations, conversation) for conversation in _CONVERSATIONS]
                wrong = [answer for answer in answers if answer[1] != answer[2]]
                right[system] += not wrong
                for sent, received, expected in wrong if verbose else ():
                    console.print(f"{system}: {sent!r}\n  {received!r}, not {expected!r}")
        totals += right
        table.add_row(kind, str(len(questions)), *(str(right[system]) for system in SYSTEMS))
    table.add_row("together", str(len(QUESTIONS)), *(str(totals[system]) for system in SYSTEMS))
    console.print(table)
    return totals


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="bench.utility", description=__doc__.splitlines()[0])
    parser.add_argument("--verbose", action="store_true", help="print each wrong answer")
    sys.exit(asyncio.run(main(verbose=parser.parse_args().verbose))["realistic"] < LEAST)
