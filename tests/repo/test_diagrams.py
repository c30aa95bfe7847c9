"""The diagrams say what the code does; that the files are those of today is ``python -m docs.generate --check``."""

from __future__ import annotations

import ast
import re
import xml.etree.ElementTree as ET

import pytest

from docs import diagrams, layers
from testing.sources import parsed
from tests.repo import pages


@pytest.mark.parametrize("name", diagrams.DIAGRAMS)
def test_each_is_one_picture_that_loads_nothing_and_says_what_it_shows(name):
    text = diagrams.DIAGRAMS[name]()
    root = ET.fromstring(text)
    assert root.findtext("{http://www.w3.org/2000/svg}title")
    assert "://" not in text.replace("http://www.w3.org/2000/svg", "")


@pytest.mark.parametrize("name", diagrams.DIAGRAMS)
def test_each_stands_on_a_page_with_words_for_those_who_do_not_see_it(name):
    shown = [
        found for page in pages.PAGES for found in re.findall(rf"!\[(.*)\]\(\S*diagrams/{name}\)", pages.text(page))
    ]
    assert shown
    assert all(shown)


def test_the_request_path_has_every_step_of_the_code_and_no_other():
    assert set(diagrams.steps()) == set(diagrams.STEPS)


def test_a_step_that_nobody_drew_is_noticed(monkeypatch):
    monkeypatch.setattr(diagrams, "PREPARING", set())
    with pytest.raises(ValueError, match="_enforcement"):
        diagrams.steps()


def test_an_obligation_stands_in_one_phase():
    drawn = diagrams.obligations()
    assert all(drawn.count(f">{one.type}<") + drawn.count(f">{one.type} ↩<") == 1 for one in diagrams.TABLE)


def test_the_restored_stream_lets_out_the_whole_reply():
    assert "".join(out for _, out, _ in diagrams.restored()) == "Dear Anna, thank you"


def test_the_spread_text_holds_nothing_of_what_was_found():
    assert not [text for text in diagrams.changed() if "maria" in text.lower() or "schmidt" in text.lower()]


def room(name):
    return name.split(".")[1] if name.startswith("proxy.") else ""


def test_the_layers_are_drawn_with_exactly_the_imports_that_the_sources_have():
    written = set()
    for path in (pages.ROOT / "proxy").rglob("*.py"):
        own = path.relative_to(pages.ROOT).with_suffix("").as_posix().replace("/", ".")
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Import):
                written |= {(room(own), room(one.name)) for one in node.names}
            elif isinstance(node, ast.ImportFrom):
                whole = node.module == "proxy"
                names = [f"proxy.{one.name}" for one in node.names] if whole else [node.module or ""]
                written |= {(room(own), room(name)) for name in names}
    between = {pair for pair in written if pair[0] != pair[1] and set(pair) <= set(layers.ROOMS)}
    assert set(layers.imports()) == between
    assert layers.drawing().count('class="ours"') == len(between)


def test_no_layer_is_drawn_importing_one_above_it():
    order = {name: number for number, layer in enumerate(layers.layers()) for name in layer}
    assert all(order[importer] < order[imported] for importer, imported in layers.imports())
    assert 'class="refused"' not in layers.drawing()
