from __future__ import annotations

import itertools
import random
import re

from hypothesis import given
from hypothesis import strategies as st

from proxy.detection.patterns.recognizers import PATTERNS
from proxy.detection.patterns.scanner import exact
from testing import models, sampling
from testing.examples import examples

SCANNER = models.scanner()
EXACT = {p.name: re.compile(exact(p)) for p in PATTERNS}
PARSED = [re._parser.parse(p.body) for p in PATTERNS if p.width <= 700]

BODIES = st.builds(
    lambda parsed, seed: sampling.sample(parsed, random.Random(seed)), st.sampled_from(PARSED), st.integers(0, 1 << 32)
)
FILLERS = st.sampled_from(
    [" ", "\n", ", ", " - ", " id: ", "é ", " the patient ", "x", "1", " ñ€ ", ". SSN ", ' "', "(", " order "]
)


def spans(text: str) -> set[tuple[str, int, int]]:
    """Every pattern over the whole text, one after the other: what the two stages must equal."""
    return {(name, *match.span()) for name, body in EXACT.items() for match in body.finditer(text)}


def two_stages(text: str) -> set[tuple[str, int, int]]:
    return {(pattern.name, *match.span()) for pattern, match in SCANNER.matches(text)}


@given(st.lists(st.one_of(BODIES, FILLERS), min_size=1, max_size=8).map("".join))
@examples(300)
def test_two_stages_miss_nothing_that_each_pattern_alone_finds(text):
    """Automaton and windows equal the plain patterns, whatever stands side by side."""
    assert spans(text) - two_stages(text) == set()


@given(st.lists(BODIES, min_size=1, max_size=4), st.integers(150, 900))
@examples(60)
def test_distance_between_values_does_not_matter(values, gap):
    text = ("." * gap).join(values)
    assert spans(text) - two_stages(text) == set()


@given(st.text(max_size=400))
def test_findings_are_disjoint_ordered_and_inside_the_text(text):
    findings = SCANNER.scan(text)
    assert all(0 <= f.start < f.end <= len(text) for f in findings)
    assert all(a.end <= b.start for a, b in itertools.pairwise(findings))
