from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from proxy.errors import ConfigurationError
from proxy.reports.siem import address, sinks
from proxy.reports.siem.address import EntryFilter


def test_an_address_names_collector_format_records_and_files():
    made = address.parse(
        "https://siem.example:8443/ingest#format=syslog&tenant=acme&kinds=decision,outcome&headers=/etc/siem.headers&batch=20"
    )
    assert (made.url, made.format, made.batch) == ("https://siem.example:8443/ingest", "syslog", 20)
    assert made.filter == EntryFilter("acme", frozenset({"decision", "outcome"}))
    assert (made.headers, made.roots) == (Path("/etc/siem.headers"), None)
    assert made.where == "https siem.example:8443"
    assert made.name == "https siem.example:8443 c90e71b3 syslog tenant=acme kinds=decision,outcome"


def test_a_path_that_is_a_secret_is_not_shown_and_keeps_places_apart():
    one, other = (address.parse(f"https://siem.example/{token}") for token in ("T0ken1", "T0ken2"))
    assert "T0ken" not in one.where + one.name
    assert one.name != other.name


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("https://a/x", "ocsf"), ("otlp+https://a", "otlp"), ("syslog+tls://a", "syslog"), ("file:/a", "record"), ("-", "record"),
    ],
)  # fmt: skip
def test_each_kind_of_collector_has_its_format(text, made):
    assert address.parse(text).format == made


def test_options_of_the_command_override_those_of_the_address():
    made = address.parse("file:/a#format=cef&from=now", format="syslog", from_=None, tenant="acme")
    assert (made.format, made.start, made.filter.tenant) == ("syslog", "now", "acme")


def test_a_time_without_a_zone_is_utc():
    assert address.parse("file:/a#from=2026-11-27T10:00").beginning() == datetime(2026, 11, 27, 10, tzinfo=UTC)
    assert address.parse("file:/a").beginning() is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("ftp://a/b", "a stream goes to https://"), ("http://siem.example/x", "in the clear"),
        ("otlp+http://10.0.0.1", "in the clear"), ("https://user:secret@a/x", "secrets stand in a file"),
        ("https://a/x?token=secret", "secrets stand in a file"), ("https:///x", "needs a host"),
        ("file:relative", "write file:/path"), ("file://host/a", "write file:/path"), ("file:/a#fromat=cef", "unknown stream option fromat"),
        ("file:/a#format=xml", "unknown stream format xml"), ("otlp+https://a#format=cef", "carries the format otlp alone"),
        ("syslog+tls://a#format=cloudevents-binary", "is HTTP's"), ("file:/a#from=yesterday", "from is beginning"),
        ("https://a/x#batch=0", "batch is a number"),
        ("file:/a#format=syslog&enterprise=0", "the number that IANA gave"), ("file:/a#enterprise=9", "only syslog has"), ("file:/a#kinds=decisions", "write decision"),
        ("file:/a#kinds=log_read,Event", "write event"), ("file:/a#kinds=", "names no kind"),
    ],
)  # fmt: skip
def test_what_is_no_stream_is_refused_without_repeating_a_secret(text, why):
    with pytest.raises(ConfigurationError, match=re.escape(why)) as refused:
        address.parse(text)
    assert "secret" not in str(refused.value).replace("secrets", "")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_a_collector_on_this_machine_may_be_without_encryption(host):
    assert address.parse(f"otlp+http://{host}:4318").scheme == "otlp+http"


def test_a_setting_names_several():
    assert [one.scheme for one in address.several("https://a/x, syslog+tls://b\nfile:/c")] == [
        "https",
        "syslog+tls",
        "file",
    ]
    assert address.several("") == ()


@pytest.mark.parametrize(
    ("text", "why"), [("https://a/x,https://a/x#from=now", "one name"), ("https://a,-", "no standard output")]
)
def test_streams_of_a_setting_do_not_share_their_place(text, why):
    with pytest.raises(ConfigurationError, match=why):
        address.several(text)


def test_every_scheme_has_its_sink():
    assert set(sinks.kinds()) == set(address.SCHEMES)


@pytest.mark.parametrize(
    ("chosen", "taken"),
    [
        (EntryFilter(), True), (EntryFilter("acme"), True), (EntryFilter("other"), False),
        (EntryFilter(kinds=frozenset({"decision"})), True), (EntryFilter("acme", frozenset({"event"})), False),
    ],
)  # fmt: skip
def test_a_filter_takes_by_tenant_and_kind(named, chosen, taken):
    assert chosen.takes(named("decision", "x1")) is taken


def test_a_filter_takes_an_event_by_its_name(named):
    assert EntryFilter(kinds=frozenset({"log_read"})).takes(named("log_read"))
    assert not EntryFilter(kinds=frozenset({"log_read"})).takes(named("key_created"))


def test_a_file_that_cannot_be_used_ends_the_start(tmp_path):
    with pytest.raises(ConfigurationError, match="a file that it names cannot be used"):
        sinks.opened(address.parse(f"https://a/x#headers={tmp_path}/none"))
