"""Caches of bounded size: of entries (``BoundedCache``), by owner and size (``Recent``), by identity.

In ``Recent`` whoever holds most gives way first: no owner's entries, however many it brings, put out those of owners
that hold less.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import wraps
from typing import Generic, TypeVar, TypeVarTuple

_Key = TypeVar("_Key", bound=Hashable)
_Entry = TypeVar("_Entry")
_Parts = TypeVarTuple("_Parts")
_Result = TypeVar("_Result")


class BoundedCache(OrderedDict[_Key, _Entry]):
    """A mapping of at most ``most`` entries: a further one takes the place of the one that was set longest ago.

    ``move_to_end`` spares an entry that is used. What expires is for its users to check.
    """

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def __setitem__(self, key: _Key, entry: _Entry) -> None:
        self.pop(key, None)  # several threads may set: what is moved could be gone
        super().__setitem__(key, entry)
        while len(self) > self._most:
            self.popitem(last=False)


def cached_by_identity(most: int) -> Callable[[Callable[[*_Parts], _Result]], Callable[[*_Parts], _Result]]:
    """Call a pure function once for the very same arguments, for the last ``most`` of them.

    They need no hash, must never change, and none of them may hold a request's text.
    """

    def decorated(function: Callable[[*_Parts], _Result]) -> Callable[[*_Parts], _Result]:
        # with the arguments, so that they stay alive
        results: BoundedCache[tuple[int, ...], tuple[tuple[*_Parts], _Result]] = BoundedCache(most)

        @wraps(function)
        def remembered(*parts: *_Parts) -> _Result:
            identities = tuple(map(id, parts))
            cached = results.get(identities)
            if cached is None:
                cached = results[identities] = parts, function(*parts)
            return cached[1]

        return remembered

    return decorated


class Recent(Generic[_Key, _Entry]):
    """The most recent entries of each owner, of at most ``capacity`` together, each of a ``size``."""

    def __init__(self, capacity: int, size: Callable[[_Entry], int]) -> None:
        self._capacity, self._size = capacity, size
        self._lock = threading.Lock()  # large requests are worked on in threads
        self._entries: dict[str, OrderedDict[_Key, _Entry]] = {}
        self._used: dict[str, int] = {}

    @property
    def used(self) -> int:
        """The size of all entries together."""
        return sum(self._used.values())

    def get(self, owner: str, key: _Key) -> _Entry | None:
        """Return the entry that an owner has under a key; it becomes no more recent."""
        entries = self._entries.get(owner)
        return entries.get(key) if entries is not None else None

    def use(self, owner: str, key: _Key) -> None:
        """Make an entry that an owner has its most recent one."""
        with self._lock:
            self._entries[owner].move_to_end(key)

    def find(self, owner: str, keys: Iterable[_Key]) -> dict[_Key, _Entry]:
        """Return the entries that an owner has under keys, in their order, and make them its most recent."""
        hits: dict[_Key, _Entry] = {}
        with self._lock:
            entries = self._entries.get(owner)
            if entries is not None:
                for key in keys:
                    entry = entries.get(key)
                    if entry is not None:
                        entries.move_to_end(key)
                        hits[key] = entry
        return hits

    def keep(self, owner: str, entries: Iterable[tuple[_Key, _Entry]]) -> None:
        """Keep entries of an owner; what no longer fits is forgotten, and what never could is not kept."""
        fresh = {key: (entry, self._size(entry)) for key, entry in entries}  # not worked out while others wait
        with self._lock:
            try:
                self._add(owner, fresh)
            except BaseException:  # work in a thread may be stopped anywhere: count again
                sizes = {name: sum(map(self._size, by_key.values())) for name, by_key in self._entries.items()}
                self._used = {name: size for name, size in sizes.items() if size}
                raise

    def _add(self, owner: str, fresh: Mapping[_Key, tuple[_Entry, int]]) -> None:
        entries = self._entries.setdefault(owner, OrderedDict())
        for key, (entry, size) in fresh.items():
            old = entries.pop(key, None)
            used = self._used.get(owner, 0) - (self._size(old) if old is not None else 0)
            if size <= self._capacity:
                entries[key] = entry
                used += size
            self._used[owner] = used
        if not entries:
            del self._entries[owner]
            self._used.pop(owner, None)
        while (excess := self.used - self._capacity) > 0:
            self._forget(max(self._used, key=self._used.__getitem__), excess)

    def _forget(self, owner: str, excess: int) -> None:
        """Forget the oldest entries of the owner that holds most, at most down to an equal share."""
        entries, used = self._entries[owner], self._used[owner]
        rest = max(used - excess, self._capacity // len(self._used))
        while entries and used > rest:
            used -= self._size(entries.popitem(last=False)[1])
        self._used[owner] = used
        if not entries:  # nothing is counted that is not there, whatever was interrupted
            del self._entries[owner], self._used[owner]

    def __len__(self) -> int:
        return sum(map(len, self._entries.values()))
