"""A long number that nobody is named by leaves and comes back as the same number, on every path that writes anew."""

from __future__ import annotations

import asyncio
import json
import re
from decimal import Decimal, InvalidOperation
from functools import partial

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.codecs import multipart
from proxy.codecs.anthropic import APIS as ANTHROPIC
from proxy.codecs.calls import parse_arguments, render_arguments
from proxy.codecs.kserve import APIS as KSERVE
from proxy.codecs.openai.apis import CHAT
from proxy.codecs.openai.batch_files import FILES_API
from proxy.codecs.openai.responses import RESPONSES
from proxy.codecs.tfserving import APIS as TFSERVING
from proxy.core.wire import Incoming
from testing.fakes import DONE
from tests.unit.codecs.batches.test_results import line as result_line
from tests.unit.codecs.batches.test_results import written as results
from tests.unit.codecs.declared.test_api import api as declared_api
from tests.unit.codecs.mcp.test_api import BOUND as MCP
from tests.unit.exchange.test_keeping import Store, handles

#: What every path changes, so that it writes its body anew.
NAME, NEW = "Ada", "Eve"
DIGITS = st.text("0123456789", min_size=20, max_size=40)
SIGN = st.sampled_from(["", "-"])
WHOLE = st.builds("{}{}{}".format, SIGN, st.sampled_from("123456789"), DIGITS)
FRACTIONS = st.builds("{}{}.{}1".format, SIGN, st.integers(0, 10**20), DIGITS)
EXPONENTS = st.builds(
    "{}{}.5{}{}".format,
    SIGN,
    st.integers(10**17, 10**18),
    st.sampled_from(["e-", "E-", "e-0"]),
    st.integers(10**20, 10**24),
)
EDGES = st.sampled_from(
    "61109010140000071219812874 -9223372036854775809 18446744073709551616 1e-99999999999999999999999 "
    "0.12345678901234567890 12345678901234567.5e-99999999999999999999999 4.000000000000000006e18".split()
)
NUMBERS = WHOLE | FRACTIONS | EXPONENTS | EDGES
#: Around a number: the same digits as a key, spelled with an escape, and as a string.
AROUND = st.sampled_from(
    ['{"n":%(n)s,"w":"Ada"}', '{"\\u0031%(n)s":1,"n":%(n)s,"w":"Ada"}', '{"s":"%(n)s","n":%(n)s,"w":"Ada"}', '{"%(n)s":%(n)s,"w":"Ada"}',
     '{"l":["Ada",%(n)s,{"n":%(n)s}],"s":"\\u002d%(n)s"}', '{"a":%(n)s,"b":%(n)s,"c":[1.5,2,true,null],"w":"Ada"}']
)  # fmt: skip
DOCUMENTS = st.builds(lambda around, number: around % {"n": number}, AROUND, NUMBERS)


class Renaming:
    def __init__(self, _position=None):
        pass

    def feed(self, text):
        return text.replace(NAME, NEW)

    def flush(self):
        return ""


def tokens(text):
    """Return a document in which every number that a double does not hold is the text that it was written as."""
    return json.loads(text, parse_int=lambda number: ("number", number), parse_float=_number)


def _number(number):
    try:
        return float(number) if Decimal(number) == Decimal(repr(float(number))) else ("number", number)
    except InvalidOperation:
        return ("number", number)


def sent(api, incoming, statement=""):
    """Return what leaves of a request in which the name is changed."""
    payload = api.decode(incoming)
    wire = api.encode(payload, {at: NEW for at, span in enumerate(payload.spans) if span.text == NAME}, "m")
    api.outgoing_texts(wire)
    return (api.with_statement(wire, statement) if statement else wire).body


def chat(document, member="metadata"):
    return b'{"model":"m","messages":[{"role":"user","content":"hi"}],"%s":%s}' % (member.encode(), document.encode())


def form(lines):
    parts = (
        multipart.FormPart("purpose", None, "text/plain", b"batch"),
        multipart.FormPart("file", "a", "application/octet-stream", lines),
    )
    return Incoming(
        multipart.write(multipart.Form("b", parts)), method="POST", template="/v1/files", media=multipart.MEDIA, parameters={"boundary": "b"}
    )  # fmt: skip


def as_request(document, statement=""):
    return sent(CHAT, Incoming(chat(document)), statement)


def as_response(document):
    body = b'{"model":"m","input":"hi","metadata":%s}' % document.encode()
    return sent(RESPONSES, Incoming(body, template="/v1/responses"))


def as_line(document, statement=""):
    body = b'{"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":%s}' % chat(document)
    return sent(FILES_API, form(body), statement)


def as_part_of_a_batch(document):
    [api] = [one for one in ANTHROPIC if "batches" in one.name]
    params = b'{"max_tokens":5,' + chat(document)[1:]
    body = b'{"requests":[{"custom_id":"a","params":%s}]}' % params
    return sent(api, Incoming(body, method="POST", template="/v1/messages/batches"))


def as_nested(document):
    body = as_request(json.dumps({"in": f'{{"a":"x","d":{document}}}'}))
    return json.loads(body)["metadata"]["in"].encode()


def as_message(document):
    body = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"find","arguments":%s}}'
    return sent(MCP, Incoming(body % document.encode(), method="POST", variables={"model": "crm"}))


def as_declared(document):
    body = b'{"text":"a","more":%s}' % document.encode()
    return sent(
        declared_api(),
        Incoming(body, "PUT", "/say/{model}/{to}", variables={"model": "m", "to": "x"}, media="application/json"),
    )


def as_inputs(document):
    [api] = [one for one in KSERVE if one.name == "kserve_generate"]
    return sent(
        api,
        Incoming(b'{"text_input":"a","parameters":%s}' % document.encode(), method="POST", variables={"model": "m"}),
    )


def as_rows(document):
    [api] = [one for one in TFSERVING if one.name == "tfserving_predict"]
    return sent(api, Incoming(b'{"instances":[%s]}' % document.encode(), method="POST", variables={"model": "m"}))


def as_arguments(document):
    return render_arguments(parse_arguments(document.replace(NAME, NEW))).encode()


def as_reply(document):
    body = b'{"id":"c","object":"chat.completion","choices":[{"index":0,"message":{"content":"x"}}],"more":%s}'
    return CHAT.opened(body % document.encode()).rewritten(Renaming)


def as_event(document):
    stream = CHAT.stream(Renaming)
    body = b'data: {"id":"c","object":"chat.completion.chunk","choices":[],"more":%s}\n\n' % document.encode()
    return (stream.feed(body + DONE) + stream.finish()).partition(b"data: ")[2].partition(b"\n")[0]


def as_result(document):
    return results(orjson.dumps(result_line(text="x"))[:-3] + b',"more":%s}}}' % document.encode(), Renaming)


def as_handle(document):
    body = b'{"id":"resp_1","more":%s}' % document.replace(NAME, NEW).encode()
    return asyncio.run(handles(Store()).whole(body))


def as_handle_in_an_event(document):
    body = b'data: {"response":{"id":"resp_1","more":%s}}\n\n' % document.replace(NAME, NEW).encode()
    return asyncio.run(handles(Store()).piece(body)).partition(b"data: ")[2]


def as_answer(document):
    body = b'{"jsonrpc":"2.0","id":1,"result":{"cacheScope":"public","content":[],"structuredContent":%s}}'
    return MCP.opened(body % document.encode()).rewritten(Renaming)


def as_declared_answer(document):
    return declared_api().opened(b'{"id":"a","text":"b","more":%s}' % document.encode()).rewritten(Renaming)


WAYS = [
    as_request, partial(as_request, statement="This is a statement."), as_response, as_line, partial(as_line, statement="This is a statement."),
    as_part_of_a_batch, as_nested, as_message, as_declared, as_inputs, as_rows, as_arguments,
    as_reply, as_event, as_result, as_handle, as_handle_in_an_event, as_answer, as_declared_answer,
]  # fmt: skip


def within(document, wanted):
    """Whether a document is somewhere in another."""
    if document == wanted:
        return True
    children = document.values() if isinstance(document, dict) else document if isinstance(document, list) else ()
    return any(within(child, wanted) for child in children)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: getattr(way, "__name__", "stated"))
@given(document=DOCUMENTS)
def test_a_long_number_stays_the_number_that_it_was(way, document):
    written = way(document)
    wanted = tokens(document.replace(NAME, NEW))
    [text] = re.findall(rb"\{.*\}", written, re.DOTALL) or [written]
    assert within(tokens(text), wanted), (written, wanted)


@given(NUMBERS)
def test_a_long_number_that_is_removed_becomes_a_string(number):
    body = chat(f'{{"n":{number},"s":["{number}",{number}]}}')
    payload = CHAT.decode(Incoming(body))
    changes = {
        at: "[X]" for at, span in enumerate(payload.spans) if span.text == number and "s" not in span.pointer.split("/")
    }
    assert changes
    assert all(type(span.text) is str for span in payload.spans)
    said = tokens(CHAT.encode(payload, changes, "m").body)["metadata"]
    assert said == {"n": "[X]", "s": [number, tokens(number)]}
