from __future__ import annotations

import pytest
from yarl import URL

from proxy.schemes import SCHEMES
from proxy.schemes.scheme import PreparedRequest, with_query, without

CALL = PreparedRequest("GET", URL("http://t.example/"), {"authorization": "Bearer theirs", "x": "1"}, b"")


def test_a_header_takes_the_place_of_one_of_its_name():
    assert CALL.with_header("Authorization", "Bearer ours").headers == {"x": "1", "Authorization": "Bearer ours"}


def test_a_header_is_left_out_however_it_is_written():
    assert without("AUTHORIZATION", CALL.headers) == {"x": "1"}


@pytest.mark.parametrize("value", ["", "a\nb", " a", "a ", "\u00e9"])
def test_what_cannot_stand_in_a_header_is_refused_without_being_told(value):
    with pytest.raises(ValueError, match=r"^contains characters that a header does not allow$"):
        CALL.with_header("X", value)


def test_schemes_of_all_modules_are_listed():
    assert set(SCHEMES) == {"basic", "bearer", "caller", "caller_account", "header", "none", "oauth", "query", "sigv4"}
    for scheme in SCHEMES.values():
        assert not scheme.exchange_scope or scheme.exchange_scope in scheme.parameters


def test_no_pairs_leave_a_url_as_it_is():
    assert str(with_query(URL("http://t.example/x"), ())) == "http://t.example/x"
