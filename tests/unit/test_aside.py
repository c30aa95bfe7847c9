from __future__ import annotations

import threading

from proxy.aside import HERE, aside


async def test_little_work_is_done_here():
    assert await aside(HERE, threading.get_ident) == threading.get_ident()


async def test_much_work_leaves_the_loop_to_others():
    assert await aside(HERE + 1, threading.get_ident) != threading.get_ident()
