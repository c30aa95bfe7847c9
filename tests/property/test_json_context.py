from __future__ import annotations

import itertools
import json

from hypothesis import given
from hypothesis import strategies as st

from proxy.core.replies.restore import Restorer
from testing.examples import examples

NAMES = ["Name_BCDFGHJKLM", "user-bcdfghjklm@example.com", "Date_XYZBCDFGHJ"]
ORIGINALS = st.text(st.sampled_from("ab\"\\\n\t{}[]:,'u0é\x01"), max_size=8)
WORDS = st.lists(st.sampled_from([*NAMES, " ", "x", '"', "\\", "\n", "é", "1", "it's"]), max_size=4).map("".join)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | WORDS


def _deeper(children):
    """Objects, lists, and the JSON of one as a string."""
    made = st.lists(children, max_size=3) | st.dictionaries(WORDS, children, max_size=3)
    return made | st.tuples(made, st.booleans()).map(lambda pair: json.dumps(pair[0], ensure_ascii=pair[1]))


#: Those that a reader does not take for a document of their own.
PLAIN = ORIGINALS.filter(lambda value: value[:1] not in ("{", "["))
JSON = st.recursive(SCALARS, _deeper, max_leaves=8).filter(lambda node: isinstance(node, dict | list))
PROSE = st.lists(
    st.sampled_from([*NAMES, " ", "It's ", "[1] ", "[x](y) ", "{y} ", "```json\n", "f(x) = {", "\n", "[see", "a, b ", "“so” ", ": "]), max_size=5
).map("".join)  # fmt: skip


def put_back(node, originals):
    """Replace the names in a document, in JSON inside its strings too."""
    if isinstance(node, dict):
        return [[put_back(key, originals), put_back(value, originals)] for key, value in node.items()]
    if isinstance(node, list):
        return [put_back(one, originals) for one in node]
    if not isinstance(node, str):
        return node
    if node[:1] in ("{", "["):
        try:
            return "json:" + json.dumps(put_back(json.loads(node, object_pairs_hook=Pairs), originals))
        except ValueError:
            pass
    return Restorer(originals).whole(node) if node[:1] not in ("{", "[") else node


class Pairs(dict):
    """An object, repeated keys and all."""

    def __init__(self, pairs):
        self.pairs = pairs
        super().__init__(pairs)

    def items(self):
        return self.pairs


def as_read(node):
    """Return the document in the form of ``put_back``."""
    return put_back(node, {})


@examples(150)
@given(JSON, st.lists(PLAIN, min_size=3, max_size=3), PROSE, PROSE, st.booleans())
def test_restoring_changes_values_and_no_structure(document, originals, before, after, ascii_only):
    """Prose may stand around; a value with quotes, backslashes and line breaks neither breaks nor adds a member."""
    known = dict(zip(NAMES, originals, strict=True))
    text = before + json.dumps(document, ensure_ascii=ascii_only)
    start = len(Restorer(known).whole(before))
    made = Restorer(known).whole(text + "\n" + after)
    read = json.JSONDecoder(object_pairs_hook=Pairs).raw_decode(made, start)[0]
    assert as_read(read) == put_back(json.loads(json.dumps(document), object_pairs_hook=Pairs), known)


@examples(150)
@given(
    JSON.map(json.dumps) | PROSE,
    WORDS,
    PROSE,
    st.lists(ORIGINALS, min_size=3, max_size=3),
    st.lists(st.integers(0, 200), max_size=8),
    st.booleans(),
)
def test_every_chunking_is_escaped_alike(document, words, prose, originals, cuts, inside):
    text = prose + document + words + document
    known = dict(zip(NAMES, originals, strict=True))
    places = sorted({0, len(text), *(min(cut, len(text)) for cut in cuts)})
    restorer = Restorer(known, document=inside)
    made = "".join([restorer.feed(text[a:b]) for a, b in itertools.pairwise(places)]) + restorer.flush()
    assert made == Restorer(known, document=inside).whole(text)
    one = Restorer(known, document=inside)
    assert "".join(map(one.feed, text)) + one.flush() == made
