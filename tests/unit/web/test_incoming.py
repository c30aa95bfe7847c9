from __future__ import annotations

import re
from dataclasses import replace

import pytest
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from proxy.codecs import openai
from proxy.codecs.base import Endpoint
from proxy.codecs.endpoints import RouteMatch, Served
from proxy.errors import MalformedRequestError, UnsupportedMediaError
from proxy.web import incoming

DIALECT = replace(
    openai.DIALECT,
    forwarded={"x-version": re.compile(r"\d{4}-\d\d"), "x-beta": re.compile(r"[a-z0-9-]+(,[a-z0-9-]+)*")},
)
ENDPOINT = Endpoint("POST", "/m/{model}:go", stream=True, query={"alt": re.compile("sse|json")})


def read(path="/m/x:go", headers=(), **changes):
    served = Served(DIALECT, replace(ENDPOINT, **changes), None)
    found = RouteMatch(DIALECT, served, {"model": "x"}, ENDPOINT.path)
    return incoming.read(make_mocked_request("POST", path, CIMultiDict(headers)), found, served)


def test_only_what_is_named_passes():
    made = read("/m/x:go?alt=sse&key=secret&x=1", [("X-Version", "2026-10"), ("X-Other", "y"), ("Cookie", "z")])
    assert (made.template, made.stream, made.variables) == ("/m/{model}:go", True, {"model": "x"})
    assert (made.query, made.headers) == ({"alt": "sse"}, {"x-version": "2026-10"})


def test_a_name_that_ends_in_a_star_stands_for_all_that_begin_so():
    dialect = replace(DIALECT, forwarded={"x-param-*": re.compile("[a-z]+")})
    found = RouteMatch(dialect, Served(dialect, ENDPOINT, None), {"model": "x"}, ENDPOINT.path)

    def named(*headers):
        return incoming.read(make_mocked_request("POST", "/m/x:go", CIMultiDict(headers)), found, found.served).headers

    assert named(("X-Param-City", "a"), ("x-param-Ada", "b"), ("x-params", "c")) == {
        "x-param-city": "a",
        "x-param-ada": "b",
    }
    for bad in ([("X-Param-Ada", "1")], [("X-Param-Ada", "a"), ("x-param-ada", "b")]):
        with pytest.raises(MalformedRequestError) as caught:
            named(*bad)
        assert "ada" not in str(caught.value).lower()


def test_a_list_in_several_lines_is_one():
    assert read(headers=[("x-beta", "a-1"), ("X-Beta", "b")]).headers == {"x-beta": "a-1,b"}


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/m/x:go?alt=text", []), ("/m/x:go?alt=sse&alt=sse", []), ("/m/x:go?alt=", []),
        ("/m/x:go", [("x-version", "Ada Lovelace")]), ("/m/x:go", [("x-version", "2026-10"), ("x-version", "2026-11")]),
        ("/m/x:go", [("x-beta", "a b")]),
    ],
)  # fmt: skip
def test_what_passes_has_the_shape_that_is_named(path, headers):
    with pytest.raises(MalformedRequestError) as caught:
        read(path, headers)
    assert "Ada" not in str(caught.value)


@pytest.mark.parametrize(
    ("said", "media", "parameters"),
    [
        ('multipart/form-data; boundary="a b"', "multipart/form-data", {"boundary": "a b"}),
        ("multipart/form-data;Boundary=ab; x=1", "multipart/form-data", {"boundary": "ab", "x": "1"}),
        ("text/plain", "text/plain", {}), ("text/plain; charset=latin-1", "text/plain", {"charset": "latin-1"}),
    ],
)  # fmt: skip
def test_the_content_type_and_its_parameters_are_told(said, media, parameters):
    made = read(headers=[("Content-Type", said)], media=frozenset({"multipart/form-data", "text/plain"}))
    assert (made.media, made.parameters) == (media, parameters)


@pytest.mark.parametrize("said", [None, "", "application/octet-stream", "application/x-www-form-urlencoded"])
def test_who_says_nothing_sends_json_where_json_is_taken(said):
    headers = [] if said is None else [("Content-Type", said)]
    assert read(headers=headers).media == "application/json"
    with pytest.raises(UnsupportedMediaError):
        read(headers=headers, media=frozenset({"multipart/form-data"}))


@pytest.mark.parametrize("said", ["image/png", "image/x-odd", None, "text/plain; charset=utf-8"])
def test_a_kind_of_media_and_none_at_all_may_be_taken(said):
    headers = [] if said is None else [("Content-Type", said)]
    taken = frozenset({"image/*", "text/plain", ""})
    assert read(headers=headers, media=taken).media == (said or "").partition(";")[0]
    with pytest.raises(UnsupportedMediaError):
        read(headers=[("Content-Type", "images/png")], media=taken)


@pytest.mark.parametrize("said", [["text/xml"], ["application/json", "application/json"]])
def test_other_content_types_are_refused(said):
    with pytest.raises(UnsupportedMediaError):
        read(headers=[("Content-Type", one) for one in said])


def test_a_header_tells_that_a_body_is_one_of_bytes_whatever_its_type_says():
    for said in ((), [("Content-Type", "application/json; charset=utf-8")], [("Content-Type", "text/plain")]):
        one = read(headers=[*said, ("X-Length", "7")], binary="x-length")
        assert (one.media, one.parameters) == ("application/octet-stream", {})
        assert read(headers=said, binary="x-length").media == "application/json"
    with pytest.raises(UnsupportedMediaError):
        read(headers=[("Content-Type", "image/png"), ("X-Length", "7")], binary="x-length")
