from __future__ import annotations

import pytest

from proxy import errors
from proxy.errors import ProxyError, UpstreamError

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, ProxyError)]


@pytest.mark.parametrize("kind", KINDS)
def test_every_fault_has_a_status_a_code_and_a_message(kind):
    assert 400 <= kind.status < 600
    assert kind.code.isidentifier()
    assert str(kind()).endswith(".")
    assert "\n" not in str(kind())
    assert str(kind("why")) == "why"


def test_codes_are_told_apart():
    assert len({kind.code for kind in KINDS}) == len(KINDS)


def test_how_an_attempt_ended():
    ended = {kind.ended for kind in KINDS if issubclass(kind, UpstreamError)}
    assert ended == {"upstream_error", "timeout", "malformed", "cut"}


def test_the_cause_is_kept_and_its_text_is_not():
    with pytest.raises(ProxyError) as caught:
        raise ProxyError from ValueError("payload text")
    assert "payload" not in str(caught.value)
    assert isinstance(caught.value.__cause__, ValueError)
