"""Which hosts a connection string names."""

from __future__ import annotations

import pytest

from proxy.errors import ConfigurationError
from proxy.runtime.servers import hosts


@pytest.mark.parametrize(
    ("dsn", "each"),
    [
        ("postgresql://u:p@one:1/db?sslmode=require", ("postgresql://u:p@one:1/db?sslmode=require",)),
        ("postgresql:///db?host=/run/one", ("postgresql:///db?host=/run/one",)),
        ("postgresql:///db", ("postgresql:///db",)),
        ("postgresql://u:p%2C@one:1,[::1]:2,three/db?a=b",
         ("postgresql://u:p%2C@one:1/db?a=b", "postgresql://u:p%2C@[::1]:2/db?a=b", "postgresql://u:p%2C@three/db?a=b")),
        ("postgresql://u@/db?host=/one,two&port=1,2", ("postgresql://u@/db?host=%2Fone&port=1", "postgresql://u@/db?host=two&port=2")),
        ("postgresql://u@/db?host=one,two&port=7", ("postgresql://u@/db?host=one&port=7", "postgresql://u@/db?host=two&port=7")),
    ],
)  # fmt: skip
def test_each_host_is_tried_by_itself(dsn, each):
    assert hosts(dsn) == each


def test_a_port_too_many_is_said():
    with pytest.raises(ConfigurationError, match="2 hosts and 3 ports"):
        hosts("postgresql:///db?host=a,b&port=1,2,3")
