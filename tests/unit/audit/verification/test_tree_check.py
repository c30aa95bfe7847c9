from __future__ import annotations

import pytest

from proxy.audit.sealing import notes
from proxy.audit.sealing.keys import AuditSigningKey
from proxy.audit.sealing.notes import Note
from proxy.audit.sealing.seal import BatchSealer, batch
from proxy.audit.sealing.succession import Succession
from proxy.audit.sealing.tree import Growing
from proxy.audit.verification.tree_check import TreeCheck

KEY = AuditSigningKey.generate()
SEALS = [BatchSealer(KEY).seal(batch(f"w{number}", 1, [1], [bytes([number]) * 32])) for number in range(7)]


def note(size: int, key: AuditSigningKey = KEY, seals=SEALS) -> str:
    grown = Growing()
    for seal in seals[:size]:
        grown.append(seal.leaf(KEY.origin))
    return notes.sign(Note(size, grown.root), key)


def line(size: int, **more) -> str:
    return notes.anchor_line(note(size, **more))


def check(signed: dict[int, str], anchor=(), seals=SEALS[:5], noted=(3, 3, 3, 5, 5)) -> tuple[list[str], int]:
    made = TreeCheck(Succession.of(KEY.verifier), signed, anchor)
    for leaf, seal in enumerate(seals):
        made.feed(leaf, noted[leaf], seal)
    return list(made.end()), made.witnessed


GOOD = {3: note(3), 5: note(5)}


def test_log_with_its_notes_is_sound_and_witnessed_as_far_as_the_anchor_says():
    assert check(GOOD) == ([], 0)
    assert check(GOOD, [line(3)]) == ([], 3)
    assert check(GOOD, [line(3), line(5)]) == ([], 5)


def test_empty_log_is_sound():
    assert check({}, seals=[], noted=()) == ([], 0)


@pytest.mark.parametrize("size", [3, 5])
def test_removed_note_is_named(size):
    assert check({one: text for one, text in GOOD.items() if one != size})[0]


def test_note_of_another_key_is_named():
    assert check({**GOOD, 5: note(5, AuditSigningKey.generate())})[0]


def test_note_stored_under_another_size_is_named():
    assert check({3: note(5), 5: note(5)})[0]


def test_log_shorter_than_the_anchor_is_named():
    assert any("newest records are gone" in one for one in check(GOOD, [line(7)])[0])


def test_log_rewritten_under_the_right_key_is_named_by_the_anchor_alone():
    other = list(reversed(SEALS))
    made = {3: note(3, seals=other), 5: note(5, seals=other)}
    assert check(made, seals=other[:5])[0] == []
    problems, witnessed = check(made, [line(3)], seals=other[:5])
    assert (len(problems), witnessed) == (1, 0)


def test_line_that_the_installation_did_not_sign_is_named():
    assert check(GOOD, [line(5, key=AuditSigningKey.generate())])[0]
    assert check(GOOD, ["nonsense in four words"])[0]


def test_removed_leaf_or_seal_is_named():
    assert check(GOOD, seals=[*SEALS[:2], None, *SEALS[3:5]])[0]
    made = TreeCheck(Succession.of(KEY.verifier), GOOD, ())
    for leaf in (0, 1, 3, 4):
        made.feed(leaf, 5, SEALS[leaf])
    assert any("leaf 2 is missing" in one for one in made.end())
