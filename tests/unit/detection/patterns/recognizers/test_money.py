from __future__ import annotations

import pytest

from proxy.detection.patterns.recognizers.money import (
    card_length,
    card_shaped,
    iban_length,
    iban_shaped,
    is_base58,
    is_bech32,
)
from testing import models


@pytest.mark.parametrize(
    ("value", "length"),
    [
        ("DE89 3704 0044 0532 0130 00", 27),
        ("GB29NWBK60161331926819 AND MORE", 22),
        ("NO9386011117947", 15),
        ("MT84MALT011000012345MTLCAST001S", 31),
        ("DE89 3704 0044 0532 0130 01", 0),
        ("XX89370400440532013000", 0),
        ("DE8937040044053201300012", 0),
    ],
)
def test_ibans_are_cut_to_their_countrys_length_and_checked(value, length):
    assert iban_length(value) == length


@pytest.mark.parametrize(
    "value", ["4539148803436467", "378282246310005", "6011111111111117", "5555 5555 5555 4444", "3530111333300000"]
)
def test_cards_of_the_issuers(value):
    assert card_length(value) == len(value)


@pytest.mark.parametrize("value", ["4539148803436460", "0000000000000000", "1234567812345670"])
def test_no_cards(value):
    assert card_length(value) == 0


def test_shapes_count_in_context_only():
    assert card_shaped("4539148803436460") == 16
    assert card_shaped("123456789012") == 0
    assert iban_shaped("GB00NWBK60161331926819") == 22


def test_wallets():
    assert is_base58("1BoatSLRHtKNngkdXEeobR76b53LETtpyT")
    assert not is_base58("1BoatSLRHtKNngkdXEeobR76b53LETtpyU")
    assert is_bech32("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4")
    assert not is_bech32("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5")


@pytest.mark.parametrize(
    "track",
    [
        "%B4111111111111111^SCHMIDT/ANNA^26051010000000000000?",
        "B4111111111111111^DOE/JANE MRS^2512101",
        ";4111111111111111=26051010000012300000?",
        "4111111111111111=26051010000012300000",
        "4111111111111111D26051010000012345F",
        "%B4111111111111111^SCHMIDT/ANNA^2605101?;4111111111111111=2605101?",
    ],
)
def test_magnetic_tracks_are_told_whole(track):
    found = models.scanner().scan(f"swiped {track} at the till")
    assert {f.entity_type for f in found} == {"CARD_TRACK"}
    covered = {at for f in found for at in range(f.start, f.end)}
    assert covered >= set(range(len("swiped "), len(f"swiped {track}")))


@pytest.mark.parametrize("text", ["4111111111111112=26051010000012300000", "4111111111111111=26991010000012300000"])
def test_what_has_no_valid_card_or_month_is_no_bare_track(text):
    assert "CARD_TRACK" not in {f.entity_type for f in models.scanner().scan(text)}
