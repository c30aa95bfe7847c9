from __future__ import annotations

import json

import pytest

from proxy.reports.siem import address, sinks
from proxy.reports.siem.formats import cef, syslog
from proxy.reports.siem.sinks import SinkError
from testing import entries


def opened(collector, scheme="syslog+tls", options=""):
    roots = f"roots={collector.roots}&" if scheme == "syslog+tls" else ""
    return sinks.opened(address.parse(f"{scheme}://localhost:{collector.port}#{roots}{options}"))


async def test_each_record_is_a_message_with_its_length_over_tls(syslog_collector):
    await opened(syslog_collector).send(entries.every())
    assert syslog_collector.messages == [syslog.line(one) for one in entries.every()]


@pytest.mark.parametrize("syslog_collector", [False], indirect=True)
async def test_and_over_tcp(syslog_collector):
    sink = opened(syslog_collector, "syslog+tcp")
    await sink.send(entries.every()[:3])
    await sink.send(entries.every()[3:4])
    assert syslog_collector.messages == [syslog.line(one) for one in entries.every()[:4]]


async def test_another_format_is_the_text_of_a_message(syslog_collector):
    await opened(syslog_collector, options="format=cef").send(entries.every()[:1])
    [message] = syslog_collector.messages
    assert message.endswith(b" - " + cef.line(entries.every()[0]))
    await opened(syslog_collector, options="format=ocsf").send(entries.every()[:1])
    assert json.loads(syslog_collector.messages[1].partition(b" decision - ")[2])["class_uid"] == 6003


@pytest.mark.parametrize(
    ("syslog_collector", "scheme", "copies"),
    [(True, "syslog+tls", 1), (True, "syslog+tls", 200), (False, "syslog+tcp", 200)],
    indirect=["syslog_collector"],
)
async def test_a_connection_that_breaks_is_a_fault(syslog_collector, scheme, copies):
    syslog_collector.breaks = 1
    with pytest.raises(SinkError, match="did not confirm"):
        await opened(syslog_collector, scheme).send(entries.every() * copies)


async def test_a_collector_that_is_away_or_not_trusted_is_a_fault(syslog_collector):
    with pytest.raises(SinkError):
        await sinks.opened(address.parse(f"syslog+tls://localhost:{syslog_collector.port}")).send(entries.every()[:1])
    with pytest.raises(SinkError):
        await sinks.opened(address.parse("syslog+tcp://127.0.0.1:1")).send(entries.every()[:1])
