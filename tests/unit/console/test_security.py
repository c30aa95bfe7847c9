from __future__ import annotations

import pytest
from aiohttp.test_utils import make_mocked_request

from proxy.console.security import (
    ConsoleSite,
    check_csrf,
    csrf_token,
    local_path,
)
from proxy.web.api.faults import ForeignRequestError, NotHereError

TLS = ConsoleSite("https://proxy.example.org")


def asked(method="GET", host="proxy.example.org", **headers):
    return make_mocked_request(method, "/console/", headers={"Host": host, **headers})


def test_under_tls_the_cookie_is_bound_to_the_host():
    assert TLS.cookie == "__Host-cp_session"
    assert ConsoleSite().cookie == "cp_session"


def test_under_tls_only_its_own_name_is_served():
    TLS.check(asked())
    with pytest.raises(NotHereError):
        TLS.check(asked(host="evil.example"))


def test_without_tls_only_this_machine_is_served():
    with pytest.raises(NotHereError):
        ConsoleSite().check(asked(host="127.0.0.1:8080"))  # the mocked request comes from nowhere


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://proxy.example.org"},
        {"Origin": "https://proxy.example.org", "Sec-Fetch-Site": "same-origin"},
        {"Origin": "null", "Sec-Fetch-Site": "same-origin"},
    ],
)
def test_a_change_from_its_own_pages_is_taken(headers):
    TLS.check(asked("POST", **headers))


@pytest.mark.parametrize("shown", ["", "0" * 64, "é" * 64, "\udcff"])
def test_no_other_text_is_the_token(shown):
    with pytest.raises(ForeignRequestError):
        check_csrf("session", shown)


@pytest.mark.parametrize(
    "headers",
    [
        {}, {"Origin": "null"}, {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "same-origin"},
        {"Origin": "https://proxy.example.org", "Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
        {"Origin": "http://proxy.example.org"},
    ],
)  # fmt: skip
def test_a_change_from_elsewhere_is_refused(headers):
    with pytest.raises(ForeignRequestError):
        TLS.check(asked("POST", **headers))


def test_the_token_of_another_session_does_not_count():
    check_csrf("one", csrf_token("one"))
    for shown in (csrf_token("two"), "", "one"):
        with pytest.raises(ForeignRequestError):
            check_csrf("one", shown)


@pytest.mark.parametrize(
    ("wanted", "path"),
    [
        ("/console/exchanges?a=b", "/console/exchanges?a=b"), ("", "/console/"), ("//x", "/console/"),
        ("/console//x", "/console/"), ("/console/\\x", "/console/"), ("/console/a\nb", "/console/"), ("/v1", "/console/"),
        ("/console/%2e%2e/v1", "/console/"), ("/console/.%2E/v1", "/console/"), ("/console/%2f%2fx", "/console/"),
        ("/console/%5cx", "/console/"), ("%2fconsole/x", "/console/"), ("/console/%252e%252e/v1", "/console/%252e%252e/v1"),
        ("/console/find?q=a..b//c%5c", "/console/find?q=a..b//c%5c"), ("/console/#..", "/console/#.."),
    ],
)  # fmt: skip
def test_no_path_leads_elsewhere(wanted, path):
    assert local_path(wanted) == path
