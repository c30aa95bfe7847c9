from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.codecs.repeats import repeats

TEXT = st.text(st.sampled_from('a":\\ {}[],\n/é'), max_size=6)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=12,
)


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":1,"a":2}', b'{"a" :1,"a":2}', b'{"a"\n:1 , "b":[{"c":{"d":1,"d":1}}]}', b'{"a":"x\\":","a":"y"}',
        b'{"\\u0061":1,"a":2}', b'{"a\\\\":1,"a\\\\":2}', b'[{"a":": ","a":1}]', b'{"":1,"":2}',
        b'{"a" :1,"a":2,"b":"\\":"}',
    ],
)  # fmt: skip
def test_a_key_that_comes_twice_is_seen_at_any_depth(body):
    assert repeats(body)
    assert repeats(body, orjson.loads(body))


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}]}',
        b'{"a":"{\\"a\\":1,\\"a\\":2}"}',
        b'{"a":":","b":"\\\\","c:":"::"}',
        b"[]",
        b'"a:"',
    ],
)
def test_the_same_key_of_several_objects_is_none(body):
    assert not repeats(body)


@given(JSON, st.booleans())
def test_no_document_repeats_a_key_by_itself(document, indented):
    body = orjson.dumps(document, option=orjson.OPT_INDENT_2 if indented else None)
    assert not repeats(body)
    assert not repeats(body, orjson.loads(body))


@given(st.dictionaries(TEXT, JSON, min_size=1, max_size=3), JSON)
def test_one_that_is_written_twice_does(document, other):
    body = orjson.dumps(document)
    key = orjson.dumps(next(iter(document)))
    body = b"[" + body[:-1] + b"," + key + b":" + orjson.dumps(other) + b"}]"
    assert repeats(body)
    assert repeats(body, orjson.loads(body))


def test_what_is_valid_json_is_read_whatever_its_numbers():
    assert not repeats(b'{"a":' + b"9" * 5000 + b',"b":1e999}')
    assert repeats(b"[" * 5000 + b"]" * 5000)


def test_what_cannot_be_written_again_is_read_a_second_time():
    deep = b'{"a":' * 500 + b"1" + b"}" * 500
    assert not repeats(deep, orjson.loads(deep))
    assert repeats(deep[:-1] + b',"a":1}', orjson.loads(deep))


@given(st.lists(JSON, max_size=3))
def test_a_body_of_numbers_is_counted_by_its_strings(parts):
    body = orjson.dumps([{"vector": [0.5] * 500}, *parts])
    assert not repeats(body, orjson.loads(body))
    body = body[:-1] + b',{"a":1,"a":' + b"1" * 9 + b"}]"
    assert repeats(body, orjson.loads(body))
