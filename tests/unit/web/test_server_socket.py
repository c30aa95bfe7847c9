from __future__ import annotations

import socket

import pytest

from proxy.errors import ConfigurationError
from proxy.web import server


def test_a_bound_socket_takes_nobody_before_it_listens():
    """A caller is refused at once, not left waiting on a process that loads its models."""
    with server.bound("127.0.0.1", 0, reuse=False) as bound, socket.socket() as caller:
        with pytest.raises(ConnectionRefusedError):
            caller.connect(bound.getsockname())
        bound.listen(1)
        caller.connect(bound.getsockname())


@pytest.mark.parametrize("reuse", [True, False])
def test_a_port_that_is_taken_is_one_sentence(reuse):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(1)
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError, match=f"port {port} on 127.0.0.1 is taken"):
            server.bound("127.0.0.1", port, reuse)


def test_an_address_of_another_machine_is_one_sentence():
    with pytest.raises(ConfigurationError, match="cannot listen on port 0 of 192"):
        server.bound("192.0.2.1", 0, reuse=False)


def test_a_port_kept_for_workers_is_theirs_alone_and_gets_no_caller():
    with server.reserved("127.0.0.1", 0) as kept, socket.socket() as caller:
        place = kept.getsockname()
        with pytest.raises(ConnectionRefusedError):
            caller.connect(place)
        with server.bound(*place, reuse=True) as worker, socket.socket() as served:
            worker.listen(1)
            served.connect(place)
            with pytest.raises(ConfigurationError, match="is taken"):
                server.reserved(*place)
