"""Planted values are seen however somebody writes them, and nowhere else."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from proxy.selftest import plants
from proxy.selftest.plants import HEALTH, PERSON, SECRET, Views


@pytest.mark.parametrize("kind", [PERSON, SECRET, HEALTH])
@pytest.mark.parametrize(
    "written",
    [
        lambda text: text.encode(),
        lambda text: json.dumps({"a": [text]}).encode(),
        lambda text: json.dumps({text: 1}).encode(),
        lambda text: json.dumps({"a": text}).replace("a", "\\u0061").encode(),
        lambda text: quote(text).encode(),
        lambda text: text.upper().encode(),
    ],
)
def test_every_value_is_seen_in_every_way_of_writing(kind, written):
    plant = plants.new_plant(kind)
    assert Views(written(plant.text)).values_of(plant) == plant.values
    assert Views(b"", quote(plant.text)).values_of(plant) == plant.values


@pytest.mark.parametrize("kind", [PERSON, HEALTH])
def test_one_value_alone_is_seen(kind):
    plant = plants.new_plant(kind)
    for value in plant.values:
        assert value in Views(json.dumps({"text": f"x {value} y"}).encode()).values_of(plant)


def test_phone_and_account_without_their_blanks_are_seen():
    plant = plants.new_plant(PERSON)
    account = plant.values[-1].replace(" ", "")
    assert Views(account.encode()).values_of(plant) == (plant.values[-1],)


def test_other_values_of_the_kind_are_not():
    plant = plants.new_plant(SECRET)
    assert Views(plants.new_plant(SECRET).text.encode()).values_of(plant) == ()
    assert Views(b"").values_of(plants.new_plant(PERSON)) == ()


def test_every_run_plants_others():
    assert len({plants.new_plant(SECRET).text for _ in range(20)}) == 20


def test_an_account_is_a_valid_one():
    from stdnum import iban

    assert iban.is_valid(plants.new_plant(PERSON).values[-1])
