from __future__ import annotations

import pytest

from proxy.detection.models.ner import load_model
from proxy.detection.models.transitions import Transitions

pytestmark = pytest.mark.heavy


TEXTS = (
    "Ann Lee of Berlin called Microsoft on 3 May 2021 about the flat in New York, and Dr. Roe answered her on Monday.",
    "the quick brown fox jumps over the lazy dog",
    "Berlin",
    "",
    "   \n\n ",
    "Bank of America",
    "The University of California, Los Angeles and the Bill and Melinda Gates Foundation met Angela Merkel in Paris",
    "\n".join(f"{n}. Maria Garcia Lopez, 12 High Street, paid $1,2{n}0 to the European Central Bank" for n in range(9)),
    "tail ends inside an entity of the United States of",
)


@pytest.fixture(scope="module")
def model():
    return load_model()


def told(document):
    return [(entity.start, entity.end, entity.label_) for entity in document.ents]


@pytest.mark.parametrize("size", [1, 3, len(TEXTS)])
def test_the_entities_are_those_of_spacys_own_loop(model, size):
    moves = Transitions.of(model.get_pipe("ner"))
    assert moves is not None
    for first in range(0, len(TEXTS), size):
        batch = TEXTS[first : first + size]
        ours = moves.entities([model.make_doc(text) for text in batch])
        assert ours == [told(document) for document in model.pipe(batch)]


def test_there_is_something_to_find(model):
    moves = Transitions.of(model.get_pipe("ner"))
    assert moves is not None
    assert sum(map(len, moves.entities([model.make_doc(text) for text in TEXTS]))) > 20


def test_no_documents_no_entities(model):
    moves = Transitions.of(model.get_pipe("ner"))
    assert moves is not None
    assert moves.entities([]) == []
    assert moves.entities([model.make_doc("")]) == [[]]


def test_a_parser_of_another_make_is_left_to_spacy(model):
    pipe = model.get_pipe("ner")
    before = pipe.cfg["beam_width"]
    pipe.cfg["beam_width"] = 4
    try:
        assert Transitions.of(pipe) is None
    finally:
        pipe.cfg["beam_width"] = before
