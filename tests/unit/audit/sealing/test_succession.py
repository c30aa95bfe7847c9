from __future__ import annotations

from datetime import UTC, datetime

import pytest

from proxy.audit.sealing.keys import AuditSigningKey
from proxy.audit.sealing.succession import Succession, change_note, opened

FIRST, SECOND, THIRD, THIEF = (AuditSigningKey.generate() for _ in range(4))
AT = datetime(2026, 11, 1, tzinfo=UTC)


def row(note: str, leaf: int | None = 7) -> dict:
    return {"note": note, "at": AT, "leaf": leaf}


LINE = [row(change_note("replaced", FIRST, SECOND)), row(change_note("replaced", SECOND, THIRD))]


def states(keys: Succession) -> list[tuple[str, str]]:
    return [(one.key.id.hex(), one.state) for one in keys.line]


@pytest.mark.parametrize("trusted", [FIRST, SECOND, THIRD])
def test_whoever_trusts_one_key_knows_the_line(trusted):
    keys = Succession.of(trusted.verifier, LINE)
    assert [str(one.key) for one in keys.line] == [str(key.verifier) for key in (FIRST, SECOND, THIRD)]
    assert [one.state for one in keys.line] == ["replaced", "replaced", "in force"]
    assert keys.problems == ()


def test_a_key_alone_is_in_force():
    keys = Succession.of(FIRST.verifier)
    assert (str(keys.in_force), keys.line[0].state) == (str(FIRST.verifier), "in force")


@pytest.mark.parametrize("trusted", [FIRST, SECOND])
def test_nobody_takes_a_place_without_both_signatures(trusted):
    alone = change_note("replaced", FIRST, SECOND).rpartition("\u2014")[0]
    other = change_note("replaced", AuditSigningKey(FIRST.origin, THIEF.private), SECOND)
    claimed = other.replace(str(THIEF.verifier), str(FIRST.verifier))
    assert len(Succession.of(trusted.verifier, [row(alone), row(claimed)]).line) == 1


def test_a_second_replacement_of_a_key_is_a_problem_and_not_followed():
    stolen = row(change_note("replaced", FIRST, THIEF))
    keys = Succession.of(THIRD.verifier, [stolen, *LINE])
    assert keys.speaker(THIEF.verifier) is None
    assert len(keys.problems) == 1
    assert Succession.of(FIRST.verifier, [*LINE, stolen]).problems


def test_an_ended_key_counts_only_before_its_end():
    ended = [
        *LINE,
        row(change_note("ended", FIRST.verifier, THIRD), leaf=9),
        row(change_note("ended", FIRST.verifier, THIRD), leaf=4),
    ]
    one = Succession.of(THIRD.verifier, ended).line[0]
    assert (one.state, one.ended_at) == ("ended", 4)
    assert [one.spoke(leaf) for leaf in (3, 4, None)] == [True, False, False]
    assert [one.signed(size) for size in (4, 5)] == [True, False]


def test_only_a_later_key_ends_one():
    for note in (change_note("ended", SECOND.verifier, FIRST), change_note("ended", FIRST.verifier, THIEF)):
        assert all(one.state != "ended" for one in Succession.of(SECOND.verifier, [*LINE, row(note)]).line)


def test_an_end_that_is_not_in_the_log_yet_bounds_nothing():
    one = Succession.of(SECOND.verifier, [*LINE, row(change_note("ended", FIRST.verifier, SECOND), leaf=None)]).line[0]
    assert (one.state, one.spoke(None), one.signed(99)) == ("ended", True, True)


def test_a_circle_of_replacements_ends():
    circle = [*LINE, row(change_note("replaced", THIRD, FIRST))]
    keys = Succession.of(SECOND.verifier, circle)
    assert len(keys.line) == 3
    assert keys.problems


GOOD = change_note("replaced", FIRST, SECOND)


@pytest.mark.parametrize(
    "note",
    [None, "", "x", GOOD.replace("replaced", "renamed"), GOOD.replace("audit-key/v1", "audit-key/v2"),
     change_note("replaced", FIRST, FIRST), GOOD.replace(FIRST.origin, "elsewhere", 1), GOOD.replace("\n\n", "\n")],
)  # fmt: skip
def test_what_is_no_note_on_a_key_says_nothing(note):
    assert opened(note, FIRST.origin) is None
    assert opened(GOOD, FIRST.origin) is not None
