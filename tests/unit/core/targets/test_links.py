from __future__ import annotations

import pytest

from proxy.core.targets.links import host, listable


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
