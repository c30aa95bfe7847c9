"""The forty questions have a right answer in the originals, and a script that can fail asks them."""

from __future__ import annotations

import pytest

from bench.utility import solving
from bench.utility.__main__ import LEAST, SYSTEMS, answered
from bench.utility.questions import QUESTIONS


def test_there_are_forty():
    assert len(QUESTIONS) == 40


@pytest.mark.parametrize("system", ["originals", "realistic"])
async def test_answers_over_what_was_sent_are_right(system):
    wrong = []
    for question in QUESTIONS:
        _, received, right = await answered(question, SYSTEMS[system], "tested")
        wrong += [question.text] * (received != right)
    assert len(wrong) <= (0 if system == "originals" else len(QUESTIONS) - LEAST), wrong


async def test_tokens_lose_what_the_questions_ask():
    question = next(question for question in QUESTIONS if question.kind == "duration")
    sent, received, right = await answered(question, SYSTEMS["tokens"], "tested")
    assert "2024-03-01" not in sent
    assert received != right


@pytest.mark.parametrize(
    ("solve", "slots", "answer"),
    [
        (solving.oldest, ["A", "1984-03-12", "B", "1983"], "B is the oldest, born 1983."),
        (solving.duration, ["2024-03-01", "19. März 2024"], "18 days, until a Tuesday."),
        (solving.in_order, ["2.1.2024", "1.2.2023"], "1.2.2023; 2.1.2024"),
        (solving.debts, ["Jan Nowak", "Anna Kowalska", "Nowakowi", "Kowalskiej"], "2 people; Jan Nowak owes most, 2."),
        (solving.german_letter, ["Anna Schmidt"], "Sehr geehrte Frau Schmidt,"),
        (solving.valid, ["4111 1111 1111 1112"], "4111 1111 1111 1112 is not valid."),
    ],
)
def test_the_rules_answer_what_a_reader_would(solve, slots, answer):
    assert solve(slots) == answer
