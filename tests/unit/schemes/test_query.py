from __future__ import annotations

from yarl import URL

from proxy.schemes.query import with_query


def test_the_credential_is_encoded_beside_what_is_there(present):
    assert present("query", "a+b &", name="key").url.raw_query_string == "a=1&key=a%2Bb%20%26"


def test_no_pairs_leave_a_url_as_it_is():
    assert str(with_query(URL("http://t.example/x"), ())) == "http://t.example/x"
