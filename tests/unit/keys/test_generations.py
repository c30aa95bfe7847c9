from __future__ import annotations

from datetime import UTC, datetime

import pytest

from proxy.core.keyring import Keyring
from proxy.keys.generations import Generation, known_by, problem

OLD, NEW, OTHER = (Keyring(letter * 32) for letter in (b"o", b"n", b"x"))


def generation(keys: Keyring, *, in_force: bool = False) -> Generation:
    return Generation(keys.key_id, known_by(keys), datetime(2026, 1, 1, tzinfo=UTC), in_force)


def ring(keys: Keyring, *others: Keyring) -> Keyring:
    return Keyring(keys.master, read_only=others)


ROTATED = (generation(OLD), generation(NEW, in_force=True))


@pytest.mark.parametrize(
    ("held", "keys"),
    [
        ((), NEW),
        ((generation(OLD, in_force=True),), OLD),
        ((generation(OLD, in_force=True),), ring(OLD, NEW)),  # the next one is given for reading first
        (ROTATED, ring(NEW, OLD)),
        (ROTATED, ring(OLD, NEW)),  # a replica that is not restarted with the new order yet
        ((generation(NEW, in_force=True),), ring(NEW, OLD)),  # retired, and still given
    ],
)
def test_right_keys(held, keys):
    assert problem(held, keys) == ""


@pytest.mark.parametrize(
    ("held", "keys", "says"),
    [
        ((generation(OLD, in_force=True),), OTHER, "not this installation's"),
        ((generation(OLD, in_force=True),), ring(NEW, OLD), "keys rotate-master"),
        (ROTATED, NEW, f"{OLD.key_id} is missing"),
        (ROTATED, OLD, f"{NEW.key_id} is missing"),
        (ROTATED, OTHER, "not this installation's"),
    ],
)
def test_wrong_keys_are_named_with_what_to_do(held, keys, says):
    said = problem(held, keys)
    assert says in said
    assert "\n" not in said


def test_a_key_of_the_same_id_is_no_other_key():
    forged = Keyring(OTHER.master, OLD.key_id)
    assert problem((generation(OLD, in_force=True),), forged)
