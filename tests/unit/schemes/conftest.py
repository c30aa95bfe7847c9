from __future__ import annotations

import pytest
from yarl import URL

from proxy.core.targets.access import Authorization
from proxy.schemes import SCHEMES
from proxy.schemes.scheme import PreparedRequest


@pytest.fixture
def present():
    """Present a credential as a scheme says, in a call with a header and a query."""

    def made(scheme, secret, **parameters):
        call = PreparedRequest(
            "POST", URL("http://t.example/v1/x?a=1", encoded=True), {"Content-Type": "application/json"}, b"{}"
        )
        return SCHEMES[scheme].present(call, Authorization(scheme, **parameters), secret)

    return made
