from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from proxy.codecs import openai
from proxy.codecs.base import Dialect, Endpoint
from proxy.codecs.endpoints import DIALECTS, EXPLAIN, UNKNOWN, Table
from proxy.codecs.endpoints import TABLE as SERVED
from proxy.errors import MalformedRequestError


def dialect(name, *listed, client_headers=()):
    own = tuple(Endpoint("GET", path) for path in listed)
    return replace(openai.DIALECT, name=name, listed=own, stateful_paths=(), client_headers=frozenset(client_headers))


@dataclass
class Named:
    """An API that is known by its endpoints only."""

    name: str
    dialect: Dialect
    endpoints: tuple[Endpoint, ...]
    streams: frozenset[str] = field(default_factory=frozenset)


def apis(owner, *paths):
    return owner, tuple(Named(f"{owner.name}{path}", owner, (Endpoint("POST", path),)) for path in paths)


FIRST = replace(
    dialect("first", "/v1/models", "/v1/models/{id:path}"),
    stateful_paths=("/v1/files", "/v1/files/{rest:path}", "/v1/chat/{rest:path}"),
)
SECOND = dialect("second", "/v1/models", "/v1/models/{id}", client_headers=["second-version"])
THIRD = dialect("third", client_headers=["x-third-key"])
TABLE = Table(
    [
        apis(FIRST, "/v1/chat/completions"),
        apis(SECOND, "/v1/messages", "/v1/messages/count"),
        apis(
            THIRD, "/v1beta/models/{model}:go", "/v1beta/models/{model}:stream", "/model/{id:path}/converse",
            "/v1/models/{m}:predict", "/v2/models/{m}/versions/{v}/infer",
        ),
    ]
)  # fmt: skip


def found(method, path, *headers):
    one = TABLE.find(method, path, headers)
    name = one.served.api.name if one.served and one.served.api else one.served and "models"
    return one.dialect.name, name, dict(one.variables)


@pytest.mark.parametrize(
    ("path", "variables", "template"),
    [
        ("/v1beta/models/gemini-3:go", {"model": "gemini-3"}, "/v1beta/models/{model}:go"),
        ("/v1beta/models/gemini-3%3Astream", {"model": "gemini-3"}, "/v1beta/models/{model}:stream"),
        ("/v1beta/models/a:b:go", {"model": "a:b"}, "/v1beta/models/{model}:go"),
        ("/v1beta/models/a%20b%C3%BC%25:go", {"model": "a bü%"}, "/v1beta/models/{model}:go"),
        ("/model/arn%3Aaws%3Ax%2Fy/converse", {"id": "arn:aws:x/y"}, "/model/{id:path}/converse"),
        ("/model/org/name/converse", {"id": "org/name"}, "/model/{id:path}/converse"),
        ("/v2/models/m/versions/3/infer", {"m": "m", "v": "3"}, "/v2/models/{m}/versions/{v}/infer"),
        ("/v1/models/half:predict", {"m": "half"}, "/v1/models/{m}:predict"),
    ],
)
def test_variables_are_decoded_once(path, variables, template):
    one = TABLE.find("POST", path, ())
    assert (one.template, dict(one.variables), one.dialect.name) == (template, variables, "third")


@pytest.mark.parametrize(
    "path",
    [
        "/v1beta/models/a/b:go", "/v1beta/models/a%2Fb:go", "/v1beta/models/a%2fb:go", "/v1beta/models/:go", "/v1beta/models/..:go/",
        "/model/../converse", "/model/%2E%2E/converse", "/model/a%2F..%2Fb/converse", "/model/a%2F%2Fb/converse",
        "/model//converse", "/model/a%00b/converse", "/model/a%0Ab/converse", "/model/a%5Cb/converse", "/model/%/converse",
        "/model/%zz/converse", "/model/%ff/converse", "/model/%C3/converse", "/model/x%252F/y/converse/", "/v1/messages/",
        "//v1/messages", "/v1/./messages", "/v1/x/../messages", "/V1/messages", "/", "", "*",
    ],
)  # fmt: skip
def test_what_could_mean_two_things_matches_nothing(path):
    one = TABLE.find("POST", path, ())
    assert (one.served, one.template, one.allowed) == (None, UNKNOWN, ())


def test_what_was_encoded_twice_is_decoded_once():
    assert found("POST", "/model/a%252Fb/converse")[2] == {"id": "a%2Fb"}


@pytest.mark.parametrize(
    ("method", "path", "headers", "owner", "api"),
    [
        ("GET", "/v1/models", (), "first", "models"),
        ("HEAD", "/v1/models", (), "first", "models"),
        ("GET", "/v1/models", ("second-version",), "second", "models"),
        ("GET", "/v1/models/a/b", (), "first", "models"),
        ("GET", "/v1/models/a", ("second-version",), "second", "models"),
        ("POST", "/v1/messages", ("x-third-key",), "second", "second/v1/messages"),
    ],
)
def test_a_path_that_several_dialects_serve_is_told_by_a_header(method, path, headers, owner, api):
    assert found(method, path, *headers)[:2] == (owner, api)


@pytest.mark.parametrize(
    ("path", "body", "api"),
    [
        ("/tokenize", b'{"content":"a"}', "llamacpp_tokenize"),
        ("/tokenize", b'{"model":"m","prompt":"a"}', "vllm_tokenize"),
        ("/tokenize", b'{"model":"m","messages":[]}', "vllm_tokenize"),
        ("/tokenize", b'{"inputs":"a"}', "tgi_tokenize"),
        ("/rerank", b'{"query":"a","texts":[]}', "tei_rerank"),
        ("/rerank", b'{"query":"a","documents":[]}', "vllm_rerank"),
        ("/generate", b'{"inputs":"a"}', "tgi_generate"),
        ("/generate", b'{"text":"a"}', "sglang_generate"),
        ("/generate", b'{"other":"a"}', "tgi_generate"),
        ("/classify", b'{"inputs":"a"}', "vllm_classify"),
    ],
)
def test_a_path_that_several_apis_have_is_told_by_a_member_of_the_body(path, body, api):
    served, told = SERVED.find("POST", path, {}).by(body)
    assert told.name == api
    assert served.api is told


@pytest.mark.parametrize("body", [b"", b"[]", b"no", b'{"inputs":"a","inputs":"b"}'])
def test_a_body_that_tells_nothing_is_refused(body):
    with pytest.raises(MalformedRequestError):
        SERVED.find("POST", "/tokenize", {}).by(body)


def test_whatever_shares_a_path_is_told_by_members_of_its_own():
    shared = {}
    for one in SERVED.served:
        if one.api is not None:
            shared.setdefault((one.endpoint.method, one.endpoint.path), []).append(one.endpoint.recognized_by)
    for several in shared.values():
        names = [name for one in several for name in one]
        assert len(several) == 1 or (all(several) and len(names) == len(set(names)))


@pytest.mark.parametrize(
    ("path", "headers", "owner"),
    [
        ("/v1/messages/batches", (), "second"), ("/v1/messages/batches", ("x-third-key",), "second"),
        ("/v1beta/files", (), "third"), ("/model/x/other", (), "third"),
        ("/v1/other", (), "first"), ("/v1/other", ("second-version",), "second"), ("/v1/messagesx", (), "first"),
        ("/nowhere", (), "first"), ("/nowhere", ("x-third-key",), "third"), ("/%", ("second-version",), "second"),
    ],
)  # fmt: skip
def test_an_unknown_path_belongs_to_the_longest_prefix_then_to_a_header_then_to_the_first(path, headers, owner):
    one = TABLE.find("POST", path, headers)
    assert (one.dialect.name, one.template) == (owner, UNKNOWN)


def test_another_method_is_told_which_there_are():
    one = TABLE.find("PUT", "/v1/messages", ())
    assert (one.dialect.name, one.served, one.template, one.allowed) == ("second", None, "/v1/messages", ("POST",))
    assert TABLE.find("DELETE", "/v1/models/half:predict", ()).allowed == ("POST", "GET")


def test_every_endpoint_that_is_served_is_found():
    table = Table()
    for one in table.served:
        path = one.endpoint.path.replace("{id:path}", "a/b")
        found = table.find(one.endpoint.method, path, one.dialect.client_headers)
        assert one in (found.served, *found.others)
    assert {one.dialect.name for one in table.served} == {dialect.name for dialect, _ in DIALECTS}


@pytest.mark.parametrize("owner", [dialect for dialect, _ in DIALECTS], ids=lambda one: one.name)
def test_no_dialect_passes_on_what_is_the_connections_or_a_credential(owner):
    kept = {
        "authorization", "cookie", "host", "connection", "content-length", "content-type", "content-encoding", "expect",
        "proxy-authorization", "te", "transfer-encoding", "upgrade", *owner.credential_places,
    }  # fmt: skip
    assert kept.isdisjoint(owner.forwarded)
    assert all(name == name.lower() and not name.startswith("x-compliance-") for name in owner.forwarded)


@pytest.mark.parametrize("path", ["/v1/files", "/v1/files/f-1", "/v1/files/f-1/content", "/v1/chat/c-1/messages"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_paths_of_what_a_target_keeps_are_known_whatever_the_method(path, method):
    one = TABLE.find(method, path, ())
    assert (one.kept, one.served, one.dialect.name) == (True, None, "first")
    assert one.template in FIRST.stateful_paths


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/filesystem", "/v1/files/../x", "/v1/messages/count/x"])
def test_others_are_not(path):
    assert not TABLE.find("GET", path, ()).kept


@pytest.mark.parametrize(
    ("path", "headers", "owner"),
    [
        ("/v1/uploads", (), "openai"),
        ("/v1/files", ("anthropic-version",), "anthropic"),
        ("/v1/files/file_1", ("anthropic-version",), "anthropic"),
        ("/v1/dreams", (), "anthropic"),
    ],
)
def test_what_is_kept_is_refused_in_the_dialect_of_the_client(path, headers, owner):
    one = Table(DIALECTS).find("POST", path, headers)
    assert (one.kept, one.dialect.name) == (True, owner)


@pytest.mark.parametrize(("query", "in_array"), [({}, True), ({"alt": "json"}, True), ({"alt": "sse"}, False)])
@pytest.mark.parametrize("root", ["", EXPLAIN])
def test_the_query_says_whether_faults_come_in_an_array(query, in_array, root):
    match = SERVED.find("POST", f"{root}/v1beta/models/m:streamGenerateContent", (), query)
    assert (match.dialect.error(400, "c", "m", "x1")[:1] == b"[", match.dry_run) == (in_array, bool(root))
