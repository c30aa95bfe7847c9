from __future__ import annotations

from dataclasses import replace

import orjson
import pytest

from proxy.codecs.anthropic import APIS
from proxy.codecs.openai.batch_files import FILES_API
from proxy.codecs.openai.batches import BATCHES
from proxy.core.kept_state import Kept
from proxy.core.state import kept
from proxy.core.wire import Incoming
from proxy.errors import MalformedRequestError, StatefulUnsupportedError
from testing.fakes import reply_texts

MESSAGES = next(api for api in APIS if api.name == kept.MESSAGE_BATCHES)
FILE, BATCH, MESSAGE_BATCH = (prefix + "b" * 32 for prefix in (kept.FILE, kept.BATCH, kept.MESSAGE_BATCH))


def asked(method, template, handle, body=b"", **more):
    return Incoming(body, method=method, template=template, variables={"id": handle}, **more)


@pytest.mark.parametrize(
    ("api", "method", "template", "handle", "use", "path"),
    [
        (FILES_API, "GET", "/v1/files/{id}", FILE, "read", "/files/theirs"),
        (FILES_API, "GET", "/openai/v1/files/{id}/content", FILE, "read", "/files/theirs/content"),
        (FILES_API, "DELETE", "/v1/files/{id}", FILE, "delete", "/files/theirs"),
        (BATCHES, "GET", "/v1/batches/{id}", BATCH, "read", "/batches/theirs"),
        (BATCHES, "POST", "/openai/batches/{id}/cancel", BATCH, "cancel", "/batches/theirs/cancel"),
        (MESSAGES, "GET", "/v1/messages/batches/{id}/results", MESSAGE_BATCH, "read", "/messages/batches/theirs/results"),
    ],
)  # fmt: skip
def test_a_handle_leads_to_what_the_target_calls_it(api, method, template, handle, use, path):
    payload = api.decode(asked(method, template, handle))
    assert payload.kept == Kept(handle, use)
    assert (payload.stateful, payload.must_store, payload.spans) == (True, False, ())
    assert payload.stream is template.endswith(("/content", "/results"))
    wire = api.encode(replace(payload, kept=replace(payload.kept, id="theirs")), {}, "m")
    assert (wire.method, wire.path, wire.body) == (method, path, b"")
    assert api.outgoing_texts(wire) == []
    assert api.with_statement(wire, "note") is wire


@pytest.mark.parametrize(
    ("api", "template", "handle"),
    [
        (FILES_API, "/v1/files/{id}", "file-abc"),
        (FILES_API, "/v1/files/{id}", BATCH),
        (BATCHES, "/v1/batches/{id}", FILE),
        (MESSAGES, "/v1/messages/batches/{id}", BATCH),
    ],
)
def test_what_is_no_handle_for_this_is_refused(api, template, handle):
    with pytest.raises(StatefulUnsupportedError):
        api.decode(asked("GET", template, handle))


def test_there_is_no_body():
    assert BATCHES.decode(asked("POST", "/v1/batches/{id}/cancel", BATCH, b"{}"))
    with pytest.raises(MalformedRequestError):
        BATCHES.decode(asked("POST", "/v1/batches/{id}/cancel", BATCH, b'{"a":1}'))


def test_of_headers_only_the_version_goes_on():
    headers = {"anthropic-version": "2023-06-01", "anthropic-beta": "x"}
    payload = MESSAGES.decode(asked("GET", "/v1/messages/batches/{id}", MESSAGE_BATCH, headers=headers))
    assert payload.kept is not None
    assert MESSAGES.encode(payload, {}, "m").headers == (("anthropic-version", "2023-06-01"),)


def test_where_nothing_streams_no_stream_is_read():
    assert BATCHES.streams == frozenset()
    assert "application/octet-stream" in FILES_API.streams
    with pytest.raises(ValueError, match="does not stream"):
        BATCHES.stream(None)


def test_the_word_that_a_batch_is_deleted_is_a_reply():
    assert reply_texts(
        MESSAGES.opened(orjson.dumps({"id": "msgbatch_1", "type": "message_batch_deleted", "note": "Ada"})).texts
    ) == ["Ada"]
