"""Judged by the messages of opentelemetry-proto."""

from __future__ import annotations

import orjson
from google.protobuf import json_format
from hypothesis import given
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from proxy.reports.siem.formats import otlp
from testing import entries
from testing.examples import examples


def read(entries_):
    [posting] = otlp.posted(entries_)
    return json_format.Parse(posting.body, ExportLogsServiceRequest())


def attributes(record):
    return {one.key.removeprefix("compliance_proxy."): one.value for one in record.attributes}


def test_every_record_is_a_log_record_of_its_chain(every):
    request = read(every)
    [of_writer] = request.resource_logs
    assert attributes(of_writer.resource)["service.instance.id"].string_value == entries.WRITER
    records = of_writer.scope_logs[0].log_records
    assert [attributes(one)["log_seq"].int_value for one in records] == [one.position.seq for one in every]
    assert [one.time_unix_nano // 1000 for one in records] == [one.columns.at for one in every]
    assert [one.body.string_value for one in records] == [one.title for one in every]


def test_chains_are_resources_of_their_own(every):
    other = entries.told([entries.event("writer_started")], writer="other")
    assert len(read([*every[:2], *other]).resource_logs) == 2


@given(one=entries.any_event())
@examples(30)
def test_any_event_is_read_back(one):
    [record] = read([one]).resource_logs[0].scope_logs[0].log_records
    said = attributes(record)
    for name in ("tenant", "service", "target"):
        assert (said[name].string_value if name in said else "") == getattr(one.columns, name)
    assert record.event_name == f"compliance_proxy.audit.{one.name}"


def test_severity_is_opentelemetrys(named):
    assert otlp.record(named("decision", "x1"))["severityNumber"] == 9
    assert otlp.record(named("decision", "x2"))["severityNumber"] == 13
    assert otlp.record(named("checkpoints_refused"))["severityNumber"] == 17


def test_a_line_is_a_whole_request(named):
    json_format.Parse(otlp.line(named("log_read")), ExportLogsServiceRequest())
    assert orjson.loads(otlp.line(named("log_read")))["resourceLogs"]
