"""Questions and answers between a process that serves (``apart``) and one beside it (``answering``), as JSON.

A message is its number and length, four bytes each, and so many bytes. An answer is a line that says what it is, and a
line for each so many of its rows, so that nobody who reads one keeps an event loop for long.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, astuple
from datetime import datetime
from typing import Any

import orjson

from proxy.audit.sealing.keys import VerifierKey
from proxy.audit.upkeep.readings import Requester
from proxy.audit.verification.reading import EvidenceDamagedError
from proxy.errors import AuditUnavailableError, ConfigurationError, ProxyError
from proxy.reports import answer, catalogue, composing, counting, listing, report, rows
from proxy.reports.answer import FoundRows, QueryContext, ReaderRefusedError, SignedAnswer, TenantRefusedError
from proxy.reports.catalogue import Question
from proxy.reports.composing import ComposedReport
from proxy.reports.counting import CrossedCounts, Facets, Series
from proxy.reports.listing import Page
from proxy.reports.parameters import InvalidParameterError
from proxy.reports.registered import RegistryNotStoredError
from proxy.reports.relations import TooSlowError
from proxy.reports.report import SignedReport
from proxy.runtime.log import logger, where

_HEAD = struct.Struct("!II")
_AT_ONCE = 500  # rows of a line
#: What can be asked, by name: each takes a connection, its arguments, and a context.
CALLS: Mapping[str, Callable[..., Awaitable[Any]]] = {
    call.__name__: call
    for call in (answer.ask, report.compose, listing.page, counting.series, counting.crossed, counting.facets)
}
#: Of calls whose first argument is sent by its name: what that stands for.
_NAMED: Mapping[str, Callable[[str], Any]] = {
    answer.ask.__name__: catalogue.named, report.compose.__name__: composing.named,
}  # fmt: skip
#: Other answers by their names, and the column of each that is a tuple.
_COUNTS: Mapping[str, tuple[Callable[..., Page | Series | CrossedCounts | Facets], str]] = {
    "Page": (Page, "rows"), "Series": (Series, "points"), "CrossedCounts": (CrossedCounts, "cells"),
    "Facets": (Facets, "more"),
}  # fmt: skip
_FAULTS: Mapping[str, type[ProxyError]] = {
    fault.__name__: fault
    for fault in (
        AuditUnavailableError, ConfigurationError, EvidenceDamagedError, InvalidParameterError, ReaderRefusedError,
        RegistryNotStoredError, TenantRefusedError, TooSlowError,
    )
}  # fmt: skip


def message(number: int, content: bytes) -> bytes:
    """Return a message as it is sent."""
    return _HEAD.pack(number, len(content)) + content


async def received(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Return the number and the content of the next message.

    Raises:
        EOFError: there is none.

    """
    number, length = _HEAD.unpack(await reader.readexactly(_HEAD.size))
    return number, await reader.readexactly(length)


def question(call: Callable[..., Awaitable[Any]], arguments: Sequence[Any], about: QueryContext, moment: int) -> bytes:
    """Return what is asked, as one of several questions of a ``moment``, 0 for none.

    Raises:
        InvalidParameterError: a value is none that JSON has.

    """
    asked = {
        "call": call.__name__, "arguments": [_named(argument) for argument in arguments], "moment": moment,
        "requester": astuple(about.requester), "at": about.at, "tenants": about.tenants, "at_once": about.at_once,
    }  # fmt: skip
    try:
        return orjson.dumps(asked)
    except TypeError as error:
        raise InvalidParameterError("a value is not one that the question can take") from error


def _named(argument: Any) -> Any:
    match argument:
        case Question():
            return argument.id
        case ComposedReport():
            return argument.name
        case _:
            return argument


def arguments(asked: Mapping[str, Any]) -> list[Any]:
    """Return the arguments of a question that was read."""
    first, *others = asked["arguments"]
    named = _NAMED.get(asked["call"])
    return [first if named is None else named(first), *others]


def context(asked: Mapping[str, Any], verifier: VerifierKey) -> QueryContext:
    """Return what a question that was read is about."""
    tenants = None if asked["tenants"] is None else tuple(asked["tenants"])
    return QueryContext(
        Requester(*asked["requester"]), datetime.fromisoformat(asked["at"]), tenants, at_once=asked["at_once"],
        verifier=verifier,
    )  # fmt: skip


def answered(result: Any) -> bytes:
    """Return an answer as it is sent."""
    lists: list[Sequence[Any]] = []
    values: Mapping[str, Any]
    match result:
        case SignedAnswer():
            lists = [result.rows]
            values = {"statement": result.statement, "types": result.types}
        case SignedReport():
            lists = [part.rows for part in result.answers]
            parts = [(part.complete, part.types, rows.written(part.narrowed)) for part in result.answers]
            values = {"statement": result.statement, "parts": parts}
        case _:
            values = {"kind": type(result).__name__, **asdict(result)}
    lines = [orjson.dumps({"lists": len(lists), "values": values})]
    for number, each in enumerate(lists):
        lines += [orjson.dumps([number, each[first : first + _AT_ONCE]]) for first in range(0, len(each), _AT_ONCE)]
    return b"\n".join(lines)


def failed(error: Exception) -> bytes:
    """Return what went wrong, as it is sent; of what is none of ours kind and place: its text may quote evidence."""
    if type(error).__name__ in _FAULTS:
        return orjson.dumps({"fault": type(error).__name__, "text": str(error)})
    return orjson.dumps({"failed": type(error).__name__, "where": where(error)})


async def read(content: bytes, arguments: Sequence[Any], about: QueryContext) -> Any:
    """Return the answer that was sent to a question.

    Raises:
        ProxyError: what went wrong.

    """
    head, *lines = content.split(b"\n")
    sent = orjson.loads(head)
    if "failed" in sent:
        logger().error("evidence_not_read", error=sent["failed"], where=sent["where"])
        raise AuditUnavailableError("the evidence cannot be read")
    if "fault" in sent:
        raise _FAULTS[sent["fault"]](sent["text"])
    lists: list[list[Mapping[str, Any]]] = [[] for _ in range(sent["lists"])]
    for line in lines:
        number, some = orjson.loads(line)
        lists[number] += some
        await asyncio.sleep(0)
    return _result(sent["values"], lists, arguments, about)


def _result(
    values: dict[str, Any], lists: Sequence[Sequence[Mapping[str, Any]]], arguments: Sequence[Any], about: QueryContext
) -> Any:
    match arguments[0]:
        case Question() as asked:
            return SignedAnswer(asked, tuple(lists[0]), values["statement"], about.signing, values["types"])
        case ComposedReport() as form:
            parts = zip(form.parts, lists, values["parts"], strict=True)
            answers = tuple(
                FoundRows(part.question, tuple(some), complete, types, narrowed)
                for part, some, (complete, types, narrowed) in parts
            )
            return SignedReport(form, answers, values["statement"], about.signing)
        case _:
            return _counts(values)


def _counts(values: dict[str, Any]) -> Page | Series | CrossedCounts | Facets:
    kind, column = _COUNTS[values.pop("kind")]
    if kind is Facets:
        values["values"] = {name: tuple(each) for name, each in values["values"].items()}
    return kind(**values | {column: tuple(values[column])})
