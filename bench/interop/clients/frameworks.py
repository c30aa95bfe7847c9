"""What stands on top of the SDKs: OpenAI's Agents, Instructor, LangChain, LiteLLM."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from bench.interop.clients.cells import BUSY, EMBEDDER, FORM, GREET, MODEL, PERSON, SCHEMA, TOOL, WEATHER, cell, said
from bench.interop.clients.of_openai import OPENAI_TOOLS, chat_stream, function_calls, openai_client, user

# --- OpenAI's Agents --------------------------------------------------------------------------------------------------


def _agent(root: str, key: str, **more: Any) -> Any:
    import agents
    import openai

    agents.set_tracing_disabled(True)
    client = openai.AsyncOpenAI(base_url=f"{root}/v1", api_key=key, max_retries=0)
    return agents.Agent(name="greeter", model=agents.OpenAIResponsesModel(MODEL, client), **more)


def _calling_agent(root: str, key: str, calls: list[Any]) -> Any:
    import agents

    async def invoked(_: Any, given: str) -> str:
        calls.append((TOOL["name"], given))
        return "sunny"

    tool = agents.FunctionTool(
        name=TOOL["name"],
        description=TOOL["description"],
        params_json_schema=TOOL["parameters"],
        on_invoke_tool=invoked,
    )
    return _agent(root, key, tools=[tool], tool_use_behavior="stop_on_first_tool")


def _agent_ran(agent: Any, text: str, calls: Any = ()) -> dict[str, Any]:
    import agents

    return said(str(asyncio.run(agents.Runner.run(agent, text)).final_output), calls=calls)


async def _agent_events(agent: Any, text: str, calls: Any = ()) -> dict[str, Any]:
    import agents

    run, pieces = agents.Runner.run_streamed(agent, text), 0
    async for event in run.stream_events():
        pieces += event.type == "raw_response_event" and event.data.type.endswith(".delta")
    return said(str(run.final_output), pieces, calls)


@cell("openai-agents", "tools")
def _agent_tools(root: str, key: str) -> dict[str, Any]:
    calls: list[Any] = []
    return _agent_ran(_calling_agent(root, key, calls), WEATHER, calls)


@cell("openai-agents", "stream tools")
def _agent_stream_tools(root: str, key: str) -> dict[str, Any]:
    calls: list[Any] = []
    return asyncio.run(_agent_events(_calling_agent(root, key, calls), WEATHER, calls))


@cell("openai-agents", "structured")
def _agent_form(root: str, key: str) -> dict[str, Any]:
    return _agent_ran(_agent(root, key, output_type=_form_type("Form")), FORM)


cell("openai-agents", "chat")(lambda r, k: _agent_ran(_agent(r, k), GREET))
cell("openai-agents", "stream")(lambda r, k: asyncio.run(_agent_events(_agent(r, k), GREET)))
cell("openai-agents", "error")(lambda r, k: _agent_ran(_agent(r, k), BUSY))


# --- Instructor -------------------------------------------------------------------------------------------------------


def _form_type(name: str) -> Any:
    from pydantic import create_model

    return create_model(name, city=(str, ...), days=(int, ...))


def _instructor(root: str, key: str, mode: str, text: str, name: str = "Form") -> Any:
    import instructor

    client = instructor.from_openai(openai_client(root, key), mode=instructor.Mode[mode])
    request = {"model": MODEL, "messages": user(text), "max_retries": 0}
    return client.chat.completions, {**request, "response_model": _form_type(name)}


def _formed(root: str, key: str, mode: str, text: str, name: str = "Form") -> dict[str, Any]:
    client, request = _instructor(root, key, mode, text, name)
    form = client.create(**request)
    return said(f"{form.city} {form.days}")


def _formed_in_pieces(root: str, key: str) -> dict[str, Any]:
    client, request = _instructor(root, key, "JSON", FORM)
    forms = list(client.create_partial(**request))
    return said(f"{forms[-1].city} {forms[-1].days}", len(forms))


cell("instructor", "structured")(lambda r, k: _formed(r, k, "JSON", FORM))
cell("instructor", "stream")(_formed_in_pieces)
cell("instructor", "tools")(lambda r, k: _formed(r, k, "TOOLS", WEATHER, TOOL["name"]))
cell("instructor", "error")(lambda r, k: _formed(r, k, "JSON", BUSY))


# --- LangChain --------------------------------------------------------------------------------------------------------


def _lang_openai(root: str, key: str) -> Any:
    from langchain_openai import ChatOpenAI

    return ChatOpenAI(model=MODEL, base_url=f"{root}/v1", api_key=key, max_retries=0)


def _lang_responses(root: str, key: str) -> Any:
    from langchain_openai import ChatOpenAI

    return ChatOpenAI(model=MODEL, base_url=f"{root}/v1", api_key=key, max_retries=0, use_responses_api=True)


def _lang_anthropic(root: str, key: str) -> Any:
    from langchain_anthropic import ChatAnthropic

    return ChatAnthropic(model=MODEL, base_url=root, api_key=key, max_retries=0, max_tokens=100)


def _lang_embedded(root: str, key: str) -> int:
    from langchain_openai import OpenAIEmbeddings

    # texts, as it sends the ids of tokens otherwise
    embeddings = OpenAIEmbeddings(model=EMBEDDER, base_url=f"{root}/v1", api_key=key, check_embedding_ctx_length=False)
    return len(embeddings.embed_query(PERSON))


def _text_of(message: Any) -> str:
    return message.text if isinstance(message.text, str) else message.text()


def _pieces(model: Any, text: str) -> dict[str, Any]:
    chunks = list(model.stream(text))
    whole = chunks[0]
    for chunk in chunks[1:]:
        whole += chunk
    pieces = sum(bool(_text_of(chunk) or chunk.tool_call_chunks) for chunk in chunks)
    return said(_text_of(whole), pieces, [(call["name"], call["args"]) for call in whole.tool_calls])


def _lang_calls(model: Any) -> dict[str, Any]:
    result = model.bind_tools(OPENAI_TOOLS).invoke(WEATHER)
    return said("", calls=[(call["name"], call["args"]) for call in result.tool_calls])


def _lang_form(model: Any) -> dict[str, Any]:
    result = model.with_structured_output({"title": "form", **SCHEMA}, method="json_schema").invoke(FORM)
    return said(f"{result['city']} {result['days']}")


_LANG: dict[str, Callable[[str, str], Any]] = {
    "langchain-openai": _lang_openai,
    "langchain-openai responses": _lang_responses,
    "langchain-anthropic": _lang_anthropic,
}
for _name, _make in _LANG.items():
    cell(_name, "chat")(lambda r, k, make=_make: said(_text_of(make(r, k).invoke(GREET))))
    cell(_name, "stream")(lambda r, k, make=_make: _pieces(make(r, k), GREET))
    cell(_name, "tools")(lambda r, k, make=_make: _lang_calls(make(r, k)))
    cell(_name, "stream tools")(lambda r, k, make=_make: _pieces(make(r, k).bind_tools(OPENAI_TOOLS), WEATHER))
    cell(_name, "structured")(lambda r, k, make=_make: _lang_form(make(r, k)))
    cell(_name, "error")(lambda r, k, make=_make: said(_text_of(make(r, k).invoke(BUSY))))
cell("langchain-openai", "embeddings")(_lang_embedded)


# --- LiteLLM ----------------------------------------------------------------------------------------------------------


def _lite(provider: str, below: str, text: str) -> Callable[..., Any]:
    """Return a call of ``litellm.completion`` at an address and with a key."""

    def request(root: str, key: str, **more: Any) -> Any:
        import litellm

        litellm.telemetry = False
        where = {"api_base": f"{root}{below}", "api_key": key, "num_retries": 0}
        return litellm.completion(model=f"{provider}/{MODEL}", messages=user(text), **where, **more)

    return request


def _lite_embedded(root: str, key: str) -> int:
    import litellm

    result = litellm.embedding(model=f"openai/{EMBEDDER}", input=[PERSON], api_base=f"{root}/v1", api_key=key)
    return len(result.data[0]["embedding"])


_LITE_FORM = {"type": "json_schema", "json_schema": {"name": "form", "schema": SCHEMA, "strict": True}}
for _name, _provider, _below in (("litellm", "openai", "/v1"), ("litellm anthropic", "anthropic", "")):
    _greet, _weather, _form, _busy = (_lite(_provider, _below, text) for text in (GREET, WEATHER, FORM, BUSY))
    cell(_name, "chat")(lambda r, k, ask=_greet: said(ask(r, k).choices[0].message.content))
    cell(_name, "stream")(lambda r, k, ask=_greet: chat_stream(ask(r, k, stream=True)))
    cell(_name, "tools")(
        lambda r, k, ask=_weather: said("", 0, function_calls(ask(r, k, tools=OPENAI_TOOLS).choices[0].message))
    )
    cell(_name, "stream tools")(lambda r, k, ask=_weather: chat_stream(ask(r, k, tools=OPENAI_TOOLS, stream=True)))
    cell(_name, "error")(lambda r, k, ask=_busy: ask(r, k))
cell("litellm", "structured")(
    lambda r, k: said(_lite("openai", "/v1", FORM)(r, k, response_format=_LITE_FORM).choices[0].message.content)
)
cell("litellm", "embeddings")(_lite_embedded)
