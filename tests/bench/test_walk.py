"""How far a request walks: as far on every machine, so it may only fall."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from bench.walk import walk

STAYS, ROOMS = 45, 18


def test_a_request_walks_a_short_way():
    with ThreadPoolExecutor(1) as pool:  # profiled steps are slow, and nobody's
        stays = pool.submit(walk).result()
    rooms = list(dict.fromkeys(stay.room for stay in stays))
    assert (rooms[0], "upstreams/client.py" in rooms) == ("web/protocol.py", True)
    assert len(stays) <= STAYS
    assert len(rooms) <= ROOMS
