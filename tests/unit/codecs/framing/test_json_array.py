from __future__ import annotations

import json

import pytest

from proxy.codecs.framing import Frame
from proxy.codecs.framing.json_array import JsonArray


def read(*chunks: bytes, limit: int = 1000) -> list[Frame]:
    parser = JsonArray(limit=limit).parser()
    return [frame for chunk in chunks for frame in parser.feed(chunk)] + parser.finish()


def test_objects_keep_the_separators_before_them() -> None:
    assert read(b'[{"a":1}\n,\r\n{"a":2}\n]\n') == [
        Frame(None, b"["),
        Frame(b'{"a":1}', b'{"a":1}'),
        Frame(b'{"a":2}', b'\n,\r\n{"a":2}'),
        Frame(None, b"\n]", ends=True),
        Frame(None, b"\n"),
    ]


def test_object_is_there_as_soon_as_it_ends() -> None:
    parser = JsonArray().parser()
    assert [frame.raw for frame in parser.feed(b"[")] == [b"["]
    assert parser.feed(b'{"a":{"b":"}') == []
    assert [frame.data for frame in parser.feed(b'"}}')] == [b'{"a":{"b":"}"}}']


def test_braces_in_strings_do_not_count() -> None:
    objects = [{"a": '{"', "b": "}\\"}, {'"{': '\\"}'}, {"a\\": ["{", {}]}]
    stream = json.dumps(objects).encode()
    for cut in range(len(stream)):
        frames = read(stream[:cut], stream[cut:])
        assert [json.loads(frame.data) for frame in frames if frame.data] == objects


def test_empty_array() -> None:
    assert [(frame.raw, frame.ends) for frame in read(b"[ ]")] == [(b"[", False), (b" ]", True)]


@pytest.mark.parametrize(
    "stream",
    [b"{}", b" []", b"\xef\xbb\xbf[]", b"[1]", b"[[]]", b"[{}{}]", b"[{},]", b"[,{}]", b"[{},,{}]", b"[]]", b"[] {}"],
)
def test_what_is_no_array_of_objects_is_refused(stream: bytes) -> None:
    with pytest.raises(ValueError, match="not a JSON array"):
        read(stream)


@pytest.mark.parametrize("stream", [b"", b"[", b"[{", b'[{"', b"[{}", b"[{},", b'[{"a":"\\'])
def test_array_cut_short_is_refused(stream: bytes) -> None:
    with pytest.raises(ValueError, match="ended inside"):
        read(stream)


@pytest.mark.parametrize(
    "stream",
    [b'[{"a":"' + b"x" * 60, b"[" + b" " * 60, b"[]" + b" " * 60, b"[" + b"{}, " * 9 + b'{"' + b"x" * 60 + b'":1}]'],
)
def test_object_or_separator_over_the_limit_is_refused(stream: bytes) -> None:
    with pytest.raises(ValueError, match="larger than the limit"):
        read(stream, limit=50)


def test_commas_stay_right_whatever_is_inserted_or_left_out() -> None:
    opening, one, two, end = read(b"[ {}\n,{}]")
    made, put = Frame(), b'{"a":1}'
    for frames in ([made, one, two], [one, made, made, two, made], [two], [made, two], [made], []):
        write = JsonArray().encoder()
        parts = [write(opening, None)] + [write(one, None if one.raw else put) for one in frames] + [write(end, None)]
        assert len(json.loads(b"".join(parts))) == len(frames)
        assert parts[0] == b""  # sent with what follows it


def test_object_that_is_not_changed_keeps_its_bytes() -> None:
    stream = b'[ {"a" : 1}\n ,\n{"a":\t2} ]\n'
    write = JsonArray().encoder()
    assert b"".join([write(frame, frame.data) for frame in read(stream)]) == stream
