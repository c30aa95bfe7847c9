"""The official client, unchanged, through the running product to the official server, in both generations."""

from __future__ import annotations

import base64
import json
from contextlib import asynccontextmanager

import httpx2
import mcp_types as types
import pytest
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client

pytestmark = pytest.mark.stack
PERSON, IBAN = "Katarzyna Wisniewska", "DE89370400440532013000"
MODERN, FORMER = "2026-07-28", "legacy"
WAYS = [(name, mode) for name in ("events", "plain") for mode in (MODERN, FORMER)]


async def _elicited(_context, _params):
    return types.ElicitResult(action="accept", content={"who": PERSON})


async def _sampled(_context, params):
    said = params.messages[0].content.text
    return types.CreateMessageResult(
        role="assistant", model="any", content=types.TextContent(type="text", text=f"<{said}>")
    )


@asynccontextmanager
async def connected(product, name, mode):
    """Connect to a server; afterwards nothing of the person may have reached it."""
    server = product.servers[name]
    server.forget()
    http = httpx2.AsyncClient(headers={"authorization": f"Bearer {product.key}"}, timeout=30)
    transport = streamable_http_client(f"{product.url}/mcp/{name}", http_client=http)
    async with http, Client(
        transport, mode=mode, elicitation_callback=_elicited, sampling_callback=_sampled, read_timeout_seconds=30
    ) as client:  # fmt: skip
        yield client
    came = json.dumps(server.received())
    assert "clientInfo" in came
    assert not [part for part in ("Katarzyna", "Wisniewska", IBAN) if part in came]


@pytest.mark.parametrize(("name", "mode"), WAYS)
async def test_a_tool_is_listed_and_called_with_names_of_ours_and_its_result_comes_back(product, name, mode):
    said = []

    async def progress(_done, _total, message):
        said.append(message)

    async with connected(product, name, mode) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert tools["look_up"].icons[0].src == "https://icons.example/a.png"
        arguments = {"person": PERSON, "iban": IBAN}
        result = await client.call_tool("look_up", arguments, progress_callback=progress)
        assert (result.is_error, result.structured_content) == (False, arguments)
        assert json.loads(result.content[0].text) == arguments
        assert said == ([f"Looking for {PERSON}"] * 2 if name == "events" else [])
        failed = await client.call_tool("fail", {"person": PERSON})
        assert (failed.is_error, failed.content[0].text) == (True, f"Error executing tool fail: There is no {PERSON}.")


@pytest.mark.parametrize(("name", "mode"), WAYS)
async def test_prompts_and_resources(product, name, mode):
    async with connected(product, name, mode) as client:
        assert [prompt.name for prompt in (await client.list_prompts()).prompts] == ["greet"]
        prompt = await client.get_prompt("greet", {"who": PERSON})
        assert prompt.messages[0].content.text == f"Say hello to {PERSON}."
        templates = (await client.list_resource_templates()).resource_templates
        assert [template.uri_template for template in templates] == ["note://{who}", "file://{who}"]
        [note] = (await client.read_resource("note://Katarzyna-Wisniewska")).contents
        assert (str(note.uri), note.text) == ("note://Katarzyna-Wisniewska", "A note on Katarzyna-Wisniewska.")
        [file] = (await client.read_resource(f"file://{IBAN}")).contents
        assert base64.b64decode(file.blob).decode() == f"name\n{IBAN}\n"


async def test_headers_repeat_what_leaves(product):
    async with connected(product, "events", MODERN) as client:
        await client.list_tools()  # by which the client knows what it has to repeat
        result = await client.call_tool("near", {"city": PERSON, "person": PERSON})
        assert result.content[0].text == f"{PERSON} is near {PERSON}."
        assert (await client.call_tool("near", {"city": "Zürich", "person": "x"})).content[
            0
        ].text == "x is near Zürich."
        headers = [one["headers"] for one in product.servers["events"].received()]
    [*_, one, other] = [one["mcp-param-city"] for one in headers if "mcp-param-city" in one]
    assert one.startswith("Name_")
    assert other == "=?base64?WsO8cmljaA==?="


async def test_no_value_is_put_into_an_address_that_a_client_opens(product):
    async with connected(product, "plain", MODERN) as client:
        [link] = (await client.call_tool("link", {"person": PERSON})).content
        assert link.name == PERSON
        assert link.uri.startswith("https://other.example/?q=Name_")


@pytest.mark.parametrize(("name", "mode"), WAYS)
async def test_what_identifies_somebody_else_is_taken_out_of_results(product, name, mode):
    async with connected(product, name, mode) as client:
        result = await client.call_tool("another", {})
        assert result.content[0].text == "Pay to [BANK_ACCOUNT], please."
        assert result.structured_content == {"result": "Pay to [BANK_ACCOUNT], please."}


async def test_a_server_asks_its_client_without_a_session(product):
    async with connected(product, "plain", MODERN) as client:
        result = await client.call_tool("ask_again", {"topic": "the client"})
        assert result.content[0].text == f"asked the client: {PERSON}"


async def test_a_server_asks_its_client_in_a_session(product):
    async with connected(product, "events", FORMER) as client:
        result = await client.call_tool("ask", {"topic": "the client"})
        assert result.content[0].text == f"the client: {PERSON}: <Greet {PERSON}, please.>"


@pytest.mark.parametrize(("name", "mode"), WAYS)
async def test_what_a_server_was_told_before_comes_back_to_who_may_recall(product, name, mode):
    async with connected(product, name, mode) as client:
        await client.call_tool("remember", {"text": f"Call {PERSON}."})
    async with connected(product, name, mode) as client:
        result = await client.call_tool("recall", {})
        assert f"Call {PERSON}." in result.content[0].text


async def test_a_session_ends_at_the_server(product):
    async with connected(product, "events", FORMER) as client:
        await client.list_tools()
    came = [one for one in product.servers["events"].received() if "mcp-session-id" in one["headers"]]
    assert len({one["headers"]["mcp-session-id"] for one in came}) == 1
    assert {"POST", "DELETE"} <= {one["method"] for one in came}


async def test_a_session_id_of_the_servers_own_opens_nothing(product):
    product.servers["events"].forget()
    own = {"authorization": f"Bearer {product.key}", "mcp-session-id": "0" * 32}
    async with httpx2.AsyncClient(headers=own) as http:
        listed = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
        reply = await http.post(f"{product.url}/mcp/events", json=listed)
        assert (reply.status_code, reply.json()["error"]["data"]["code"]) == (404, "unknown_handle")
        for method in ("GET", "DELETE"):
            assert (await http.request(method, f"{product.url}/mcp/events")).status_code == 404
    assert product.servers["events"].received() == []


@pytest.mark.parametrize(("name", "mode"), WAYS)
async def test_a_refusal_is_an_error_of_the_protocol(product, name, mode):
    async with connected(product, name, mode) as client:
        await client.list_tools()
        with pytest.raises(MCPError) as caught:
            await client.call_tool("look_up", {"person": f"{PERSON}, MRN 4839201, has type 2 diabetes", "iban": IBAN})
        assert "refused by policy" in caught.value.error.message
        assert caught.value.error.data["code"]
        assert (await client.list_tools()).tools


async def test_who_presents_nothing_is_refused(product):
    async with httpx2.AsyncClient() as http:
        reply = await http.post(f"{product.url}/mcp/events", json={"jsonrpc": "2.0", "id": 1, "method": "ping"})
    assert (reply.status_code, reply.headers["www-authenticate"]) == (401, "Bearer")
    assert reply.json()["error"]["code"] == -32600
