"""A mixed load over many connections: whole replies, streams, tools, embeddings, refusals, bad bodies, early leavers."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import random
import socket
import struct
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from bench.chaos.product import THIRD_PARTIES

#: In every payload that speaks of a person; must show nowhere but in the caller's own reply.
PLANTED = ("Ottilie Brandt", "ottilie.brandt@canary-leak.example", "DE89370400440532013000")
CHAT, EMBEDDINGS = "/v1/chat/completions", "/v1/embeddings"
_LETTERS = "bcdfghkmpqrtvwxz"
_TOPICS = ("tides", "bridges", "bread", "clocks", "kites", "granite", "harbours", "lanterns", "maps", "orchards")
_PATIENCE_S = 25.0
_UNAVAILABLE = 503
_NEW_TEXT = 0.4  # of the requests hold a word never seen before, so that detection has to read it


@dataclass(frozen=True, slots=True)
class Asked:
    """One request. ``text`` is what a third party's reply repeats; ``ref`` names it; in some bodies it stands as a word."""

    kind: str
    ref: str
    path: str
    body: bytes
    text: str = ""
    stream: bool = False
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Answered:
    """What its caller saw. ``status`` 0: no reply; ``whole``: the reply came to its proper end."""

    asked: Asked
    at: float
    status: int = 0
    exchange: str = ""
    target: str = ""
    code: str = ""
    body: bytes = b""
    whole: bool = False
    left: bool = False

    @property
    def label(self) -> str:
        """How it went, in a few words."""
        if self.left:
            return "caller left"
        if not self.status:
            return "no reply"
        if self.status == 200:
            return "200" if self.whole else "200, broken off visibly"
        return f"{self.status} {self.code}"


@dataclass
class Load:
    """Keeps ``connections`` callers busy until told to stop."""

    url: str
    key: str
    seed: int
    answers: list[Answered] = field(default_factory=list)
    refs: set[str] = field(default_factory=set)
    resets: Counter[str] = field(default_factory=Counter)
    stopping: bool = False

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    # --- requests -------------------------------------------------------------------------------------------------

    def make(self, kind: str = "") -> Asked:
        """Return a request of a kind, or of a random one."""
        makers: dict[str, tuple[int, Callable[[str], Asked]]] = {
            "whole": (22, self._whole),
            "harmless": (10, self._harmless),
            "stream": (18, self._stream),
            "tools": (10, self._tools),
            "embedding": (8, self._embedding),
            "health": (5, self._health),
            "image": (3, self._image),
            "refused": (8, self._refused),
            "bad": (10, self._bad),
            "no key": (3, self._no_key),
        }
        chosen = kind or self._random.choices(list(makers), [weight for weight, _ in makers.values()])[0]
        while (ref := "chaos" + "".join(self._random.choices(_LETTERS, k=10))) in self.refs:
            pass
        self.refs.add(ref)
        return makers[chosen][1](ref)

    def _model(self) -> str:
        number = self._random.randint(1, THIRD_PARTIES)
        return self._random.choice((f"only-{number}", f"pool-{number}", f"pool-{number}", "gpt-4o-mini"))

    def _letter(self) -> str:
        topic, count = self._random.choice(_TOPICS), self._random.randint(1, 4)
        return f"Please thank {PLANTED[0]} ({PLANTED[1]}) for her order about {topic}, batch {count}, paid from {PLANTED[2]}."

    def _chat(self, kind: str, ref: str, text: str, **extra: Any) -> Asked:
        messages = [{"role": "user", "content": text}]
        body = {"model": self._model(), "messages": messages, "max_tokens": 6, **extra}
        if self._random.random() < _NEW_TEXT:
            body["metadata"] = {"ref": ref}
        raw = json.dumps(body).encode()
        return Asked(kind, ref, CHAT, raw, text, bool(extra.get("stream")))

    def _whole(self, ref: str) -> Asked:
        asked = self._chat("whole", ref, self._letter())
        if self._random.random() < 0.1:
            packed = gzip.compress(asked.body)
            return Asked("whole", ref, CHAT, packed, asked.text, headers={"content-encoding": "gzip"})
        return asked

    def _harmless(self, ref: str) -> Asked:
        return self._chat("harmless", ref, f"Write a sentence about {self._random.choice(_TOPICS)}.")

    def _stream(self, ref: str) -> Asked:
        return self._chat("stream", ref, self._letter(), stream=True)

    def _tools(self, ref: str) -> Asked:
        schema = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}
        tool = {"name": "send_letter", "description": "Sends a letter.", "parameters": schema}
        return self._chat("tools", ref, self._letter(), tools=[{"type": "function", "function": tool}])

    def _embedding(self, ref: str) -> Asked:
        body = {"model": self._model(), "input": [self._letter(), ref]}
        return Asked("embedding", ref, EMBEDDINGS, json.dumps(body).encode())

    def _health(self, ref: str) -> Asked:
        topic = self._random.choice(_TOPICS)
        return self._chat("health", ref, f"{PLANTED[0]} has type 2 diabetes and reads about {topic}. Summarise.")

    def _image(self, ref: str) -> Asked:
        picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
        parts = [{"type": "text", "text": "What is on this picture?"}, picture]
        body = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": parts}], "metadata": {"ref": ref}}
        return Asked("image", ref, CHAT, json.dumps(body).encode())

    def _refused(self, ref: str) -> Asked:
        asked = self._chat("refused", ref, self._letter())
        return Asked("refused", ref, CHAT, asked.body, headers={"x-compliance-activity": "emotion-monitoring"})

    def _bad(self, ref: str) -> Asked:
        whole = self._chat("bad", ref, self._letter()).body
        choices = [
            (CHAT, whole[: len(whole) // 2]),
            (CHAT, b'{"model": "gpt-4o-mini"}'),
            (CHAT, b'{"model":"gpt-4o-mini","messages":' + b"[" * 500 + b"]" * 500 + b"}"),
            (CHAT, json.dumps({"model": "m", "messages": [{"role": "user", "content": "x" * 320_000}]}).encode()),
            ("/v1/unheard/of", whole),
            (EMBEDDINGS, b'{"model":"gpt-4o-mini","input":[[1,2]]}'),
            (CHAT, b"\xff\xfe" + whole),
        ]
        path, body = self._random.choice(choices)
        return Asked("bad", ref, path, body)

    def _no_key(self, ref: str) -> Asked:
        key = "cp_aaaaaaaaaaaa_" + "b" * 43
        return Asked("no key", ref, CHAT, self._chat("no key", ref, self._letter()).body,
                     headers={"authorization": f"Bearer {key}"})  # fmt: skip

    # --- callers --------------------------------------------------------------------------------------------------

    async def run(self, connections: int) -> None:
        """Ask until ``stopping`` is set."""
        async with asyncio.TaskGroup() as tasks:
            for number in range(connections):
                tasks.create_task(self._caller(number))

    async def _caller(self, number: int) -> None:
        own = random.Random(f"{self.seed}-{number}")
        async with self._session() as session:
            while not self.stopping:
                patience = own.uniform(0, 0.5) if own.random() < 0.08 else _PATIENCE_S
                answer = await self._ask(session, self.make(), patience, close=own.random() < 0.3)
                self.answers.append(answer)
                refused = not answer.status or answer.status == _UNAVAILABLE
                await asyncio.sleep(own.uniform(0.2, 0.6) if refused else own.uniform(0, 0.25))

    def _session(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            headers={"authorization": f"Bearer {self.key}"}, connector=aiohttp.TCPConnector(limit=0)
        )

    async def ask(self, kind: str) -> Answered:
        """Ask once, alone; the answer is kept with the others."""
        async with self._session() as session:
            answer = await self._ask(session, self.make(kind), _PATIENCE_S, close=True)
        self.answers.append(answer)
        return answer

    async def _ask(self, session: aiohttp.ClientSession, asked: Asked, patience: float, *, close: bool) -> Answered:
        answer = Answered(asked, time.time())
        headers = {"content-type": "application/json", **asked.headers, **({"connection": "close"} if close else {})}
        try:
            async with asyncio.timeout(patience):
                async with session.post(self.url + asked.path, data=asked.body, headers=headers) as reply:
                    answer.status = reply.status
                    answer.exchange = reply.headers.get("x-compliance-exchange", "")
                    answer.target = reply.headers.get("x-compliance-target", "")
                    async for chunk in reply.content.iter_any():
                        answer.body += chunk
                    answer.whole = True
        except TimeoutError:
            answer.left = True
        except (aiohttp.ClientError, OSError):
            pass
        if answer.status != 200 and answer.whole:
            with contextlib.suppress(ValueError, KeyError, TypeError):
                answer.code = json.loads(answer.body)["error"]["code"]
        return answer

    async def reset(self, where: str) -> None:
        """Open a connection, go as far as ``where`` says, and reset it."""
        asked = self.make("stream" if where == "in the reply" else "")
        host, _, port = self.url.removeprefix("http://").partition(":")
        try:
            async with asyncio.timeout(3):
                reader, writer = await asyncio.open_connection(host, int(port))
        except (OSError, TimeoutError):
            self.resets["no connection"] += 1
            return
        sock: socket.socket = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        try:
            async with asyncio.timeout(3):
                await self._go(reader, writer, asked, where)
        except (OSError, TimeoutError):
            pass
        writer.transport.abort()
        self.resets[where] += 1

    async def _go(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: Asked, where: str) -> None:
        lines = [f"POST {asked.path} HTTP/1.1", "Host: bench", "Content-Type: application/json",
                 f"Content-Length: {len(asked.body)}"]  # fmt: skip
        given = {"authorization": f"Bearer {self.key}", **asked.headers}
        head = "\r\n".join([*lines, *(f"{name}: {value}" for name, value in given.items())]).encode() + b"\r\n\r\n"
        if where == "in the head":
            writer.write(head[: len(head) // 2])
        elif where == "in the body":
            writer.write(head + asked.body[: len(asked.body) // 2])
        else:
            writer.write(head + asked.body)
        await writer.drain()
        if where == "in the reply":
            await reader.read(200)
        await asyncio.sleep(self._random.uniform(0, 0.08))


RESETS = ("in the head", "in the body", "after the body", "after the body", "in the reply")


def streamed(body: bytes) -> tuple[str, bool]:
    """Return the text of a streamed reply and whether it says that it is complete."""
    text, complete = "", False
    for line in body.decode(errors="replace").split("\n"):
        if line == "data: [DONE]":
            complete = True
        elif line.startswith("data: {"):
            with contextlib.suppress(ValueError, KeyError, IndexError):
                text += json.loads(line[6:])["choices"][0]["delta"].get("content") or ""
    return text, complete


def replied(answer: Answered) -> str | None:
    """Return what a whole reply repeats of the request; None when it does not say."""
    try:
        message = json.loads(answer.body)["choices"][0]["message"]
        if message.get("tool_calls"):
            return str(json.loads(message["tool_calls"][0]["function"]["arguments"])["text"])
        return str(message["content"])
    except (ValueError, KeyError, IndexError, TypeError):
        return None
