from __future__ import annotations

import pytest

from proxy.core.targets.destinations import ANYWHERE, Destinations, host, is_loopback, listable


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254", "169.254.170.2", "fe80::1", "fe80::1%eth0", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe",
        "fd00:ec2::254", "100.100.100.200", "168.63.129.16", "metadata.google.internal", "METADATA.google.internal.",
    ],
)  # fmt: skip
def test_what_hands_out_a_machines_credentials_is_called_only_where_it_is_listed(host):
    assert "link-local or metadata" in ANYWHERE.refusal(host)
    assert Destinations.of(f"other.example, {host.rstrip('.')}").refusal(host) == ""


@pytest.mark.parametrize("host", ["api.vendor.example", "localhost", "127.0.0.1", "10.0.0.8", "::1", "169.253.0.1"])
def test_other_hosts_are_called_where_none_is_listed(host):
    assert ANYWHERE.refusal(host, 443) == ""
    assert "not listed" in Destinations.of("a.example").refusal(host, 443)


@pytest.mark.parametrize(
    ("listed", "host", "port", "called"),
    [
        ("a.example", "A.example", 443, True),
        ("a.example", "a.example.", 8443, True),
        ("a.example:443", "a.example", 443, True),
        ("a.example:443", "a.example", 8443, False),
        ("a.example", "b.a.example", 443, False),
        ("a.example", "xa.example", 443, False),
        ("a.example,b.example  c.example", "c.example", 443, True),
    ],
)
def test_a_list_names_hosts_and_ports(listed, host, port, called):
    assert (Destinations.of(listed).refusal(host, port) == "") is called


@pytest.mark.parametrize(
    ("listed", "address", "refused"),
    [
        ("", "93.184.216.34", False),
        ("", "127.0.0.1", False),
        ("", "169.254.169.254", True),
        ("a.example", "169.254.169.254", True),
        ("a.example 169.254.169.254", "169.254.169.254", False),
        ("", "garbage", True),
    ],
)
def test_a_name_that_leads_to_such_an_address_does_not_make_it_one_to_call(listed, address, refused):
    assert Destinations.of(listed).refuses_address(address) is refused


@pytest.mark.parametrize(
    ("host", "is_ours"),
    [
        ("localhost", True), ("127.0.0.1", True), ("::1", True), ("::ffff:127.0.0.1", True), ("10.0.0.1", False),
        ("0.0.0.0", False), ("localhost.example", False), ("", False), (None, False), ("x", False),
    ],
)  # fmt: skip
def test_this_machine_is_recognised(host, is_ours):
    assert is_loopback(host) is is_ours


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("https://images.example.org/a.png?x=1#y", "images.example.org"),
        ("HTTPS://Images.Example.ORG", "images.example.org"),
        ("https://images.example.org:443/a", "images.example.org"),
        ("http://images.example.org:80/", "images.example.org"),
        ("http://images.example.org:443/", "images.example.org:443"),
        ("https://images.example.org:8443/a", "images.example.org:8443"),
        ("https://xn--bcher-kva.example/a", "xn--bcher-kva.example"),
    ],
)
def test_a_plain_host(address, found):
    assert host(address) == found
    assert listable(found)


@pytest.mark.parametrize(
    "address",
    [
        "", "file:///etc/passwd", "ftp://images.example.org/a", "//images.example.org/a", "images.example.org/a",
        "https:/images.example.org", "https://", "https://localhost/a", "https://metadata/a", "http://127.0.0.1/",
        "http://169.254.169.254/latest", "http://2852039166/", "http://0xa9fea9fe/", "http://0251.0376.0251.0376/",
        "http://169.254.43518/", "http://1.2.3.0x4/", "http://[::1]/", "http://[::ffff:169.254.169.254]/",
        "http://[fd00:ec2::254]/", "https://user@images.example.org/", "https://images.example.org@sink.example/",
        "https://images.example.org:x@sink.example/", "https://images.example.org./a", "https://images.example.org%2e/a",
        "https://images.example.org\\@sink.example/", "https://images.example.org/a\\b", "https://images.example.org/a b",
        "https://images.example.org/\n", " https://images.example.org/", "https://images.example.org\t/",
        "https://\u0131mages.example.org/", "https://images\u3002example.org/", "https://images.example.org:0/",
        "https://images.example.org:/", "https://metadata.google.internal/", "https://printer.local/", "https://a.localhost/",
        "https://images.example.org?@sink.example/", "https://images.example.org#@sink.example/", "https://-a.example/",
        "https://" + "a." * 130 + "org/", "data:image/png;base64,AA", "javascript:alert(1)",
    ],
)  # fmt: skip
def test_what_must_not_be_fetched(address):
    assert host(address) == ""


@pytest.mark.parametrize(
    "entry",
    [
        "",
        "localhost",
        "10.0.0.1",
        "Images.example.org",
        "*.example.org",
        "a.internal",
        "a.example.",
        "a.example:0",
        "https://a.example",
    ],
)
def test_what_may_not_stand_on_a_list(entry):
    assert not listable(entry)
