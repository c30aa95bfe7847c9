from __future__ import annotations

import pytest

from proxy.detection.text.enumerations import of_things


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("Fonts: Cinzel, Rubik, Work Sans.", [": Cinzel, Rubik, Work Sans"]),
        ("You write programs in Ada, Julia or Ruby, Go (all).", [" in Ada, Julia or Ruby, Go "]),
        ("Schriftarten: Cinzel, Rubik, Barlow\nand Ada, Bo, Cy", [": Cinzel, Rubik, Barlow"]),
        ("Guests: Ada, Julia, Ruby", []),
        ("Fonts: Cinzel, Rubik", []),
        ("The products that Ada, who was here, and Julia liked", []),
        ("Our fonts were chosen by a group of five people, Ada, Julia and Ruby", []),
    ],
)
def test_items_of_lists_that_say_that_they_are_of_things(text: str, items: list[str]) -> None:
    assert [text[start:end] for start, end in of_things(text)] == items
