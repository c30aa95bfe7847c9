from __future__ import annotations

import io
from collections import Counter

from rich.console import Console as Terminal

from bench import officers
from bench.hostile.quiet import Waited
from bench.officers import Rounds
from proxy.console.table import ROUTES


def test_rounds_are_held_against_each_other_by_quantiles_and_counts():
    without = Waited([0.010] * 98 + [0.020] * 2)
    beside = Waited([0.010] * 98 + [0.050] * 2, ["503 x"])
    assert officers.ratio(without, beside, 0.5) == 1
    assert officers.ratio(without, beside, 0.99) == 2.5
    assert officers.ratio(Waited(), beside, 0.5) == 0
    terminal = Terminal(width=120, record=True, file=io.StringIO())
    officers.shown(terminal, {"without": Rounds(without), "beside": Rounds(beside, Counter({"200": 7, "429": 1}))})
    said = terminal.export_text()
    assert "200: 7, 429: 1" in said
    assert "p50 1.00, p99 2.50" in said


def test_officers_give_their_purpose_where_the_console_takes_it():
    assert officers.PURPOSE in {f"/console/{route.path}" for route in ROUTES if route.method == "POST"}
