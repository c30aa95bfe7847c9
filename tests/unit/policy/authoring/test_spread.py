"""Conditions on lines of their own: what a module says stays, and every line knows where it stood."""

from __future__ import annotations

import pytest

from proxy.policy.authoring.spread import spread
from proxy.policy.bundles import tree
from proxy.policy.engine.syntax import RegoParser
from proxy.runtime.resources import shipped

#: Bodies of each shape: on the head's line with and without braces, of many conditions, with comments, sets, texts and loops.
SHAPES = """package org.house

import rego.v1

one contains 1 if input.a == "if; {" # if { a; b }
two contains 2 if { input.a; input.b == {1, 2}; not input.c }
three if {
\tinput.a; every x in [1] { x > 0; x < 2 }
}
four := 4 if every x in input.a {
\tx > 0; x < 2
}

else := `raw if
{` if input.b
five contains x if some x in {y | some y in input.a; y > 2}
six(x) if x == 1
six(x) if {x == 2}
seven := {"a": 1} if
\tinput.a
nine if five == set() with input as {} # none
\twith data.x as 1
eight contains "x" if input.a"""


@pytest.fixture
def parsed():
    parser = RegoParser()
    yield lambda text: [(rule.name, rule.tree) for rule in parser.parse("overlay/house.rego", text).rules]
    parser.close()


def test_no_module_says_anything_else(parsed):
    sources = [SHAPES, *tree.read(shipped("policies")).everything().values()]
    assert [text for text in sources if parsed(spread(text).text) != parsed(text)] == []


def test_lines_are_those_of_the_source():
    written = spread(SHAPES)
    source = SHAPES.split("\n")
    for line, row in zip(written.text.split("\n"), written.rows, strict=True):
        assert line.strip(" \t{}") in source[row - 1]
    bodies = [line.strip() for line in written.text.split("\n")]
    assert {"input.a", "input.b == {1, 2}", "not input.c", "x == 2", "x == 1"} <= set(bodies)
