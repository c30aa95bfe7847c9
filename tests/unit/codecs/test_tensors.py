from __future__ import annotations

import orjson
import pytest

from proxy.codecs import tensors


def shown(node):
    return orjson.loads(orjson.dumps(node))


def put(node):
    """Whether a list is put aside."""
    return isinstance(node, orjson.Fragment)


MANY = [0.25] * 9


@pytest.mark.parametrize(
    ("node", "tensor", "put_aside"),
    [
        ([], False, False), ([1], False, False), ([0.5], False, False), ([1, 2], True, False), (MANY, True, True),
        ([[0.5, 1, 2], [1, 2, 0.25], [0, 0, 0.1]], True, True), ([52.52, 13.4], True, False), ([*MANY, 1234567], True, False),
        ([*MANY, 1234567.0], True, False), ([*MANY, 123456.0], True, True), ([101] * 7, True, True), ([101] * 6, True, False),
        ([101] * 7 + [4111111111111111], True, False), ([[101, 102]] * 4, True, True), ([[4821, 1], [1, 2]], True, False), ([*MANY, None], True, True), ([*MANY, "a"], False, False),
        ([True] * 9, True, True), ([float("inf"), *MANY], True, True),  ("a", False, False),
    ],
)  # fmt: skip
def test_lists_of_numbers(node, tensor, put_aside):
    made, found = tensors.without_tensors(node)
    assert (found, put(made)) == (tensor, put_aside)
    assert shown(made) == shown(node)


def test_a_long_whole_number_stays_among_fractions():
    made, found = tensors.without_tensors([[*MANY, 1234567], [0.5]])
    assert found
    assert [put(one) for one in made[0]] == [True] * 9 + [False]
    assert put(made[1][0])


def test_words_for_numbers_are_fractions():
    assert put(tensors.without_tensors([tensors.set_aside(None), *MANY])[0])


def test_tensors_are_found_anywhere():
    made, found = tensors.without_tensors({"a": ["x", {"b": MANY}]})
    assert found
    assert put(made["a"][1]["b"])


def test_every_member_with_a_tensor_is_opaque_under_its_name_if_the_dialect_has_one():
    made, opaque = tensors.members({"known": MANY, "mine": [1, 2], "word": [1, 2]}, {"known", "word"}, {"word"})
    assert put(made["known"])
    assert opaque == (tensors.part("known"), tensors.part("*"))


def test_depth_is_bounded():
    for inside in ([0.5], ["a"]):
        node: object = inside
        for _ in range(80):
            node = [node]
        with pytest.raises(ValueError, match="deeper"):
            tensors.without_tensors(node)
