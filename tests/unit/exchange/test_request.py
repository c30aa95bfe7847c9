from __future__ import annotations

from dataclasses import replace

from proxy.codecs.openai.dialect import DIALECT
from testing.fakes import Stage


def test_its_size_is_that_of_the_body():
    assert Stage().request(b"12345").size == 5


def test_faults_are_told_in_the_callers_own_dialect_where_it_differs():
    request = Stage().request(b"{}")
    other = replace(DIALECT, name="other")
    assert request.dialect.name == request.api.dialect.name
    assert replace(request, error_dialect=other).dialect.name == "other"
