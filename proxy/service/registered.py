"""Lists of registered people: loaded from files, kept as digests, and in force in this process.

A process has an index of each list, a file of keyed digests in its state folder that all workers of a machine share. It
is replaced without a pause: requests in flight end with the one that they began with.
"""

from __future__ import annotations

import asyncio
import contextlib
import csv
import io
import re
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final, NamedTuple

from proxy.core.findings import Finding
from proxy.detection.registered import metering
from proxy.detection.registered.lists import RegisteredList
from proxy.detection.registered.matching import RegisteredPeople
from proxy.detection.registered.metering import ListState
from proxy.detection.registered.rows import VERSION, RegisteredColumn, RowDigests, columns, subject_digest, types_of
from proxy.detection.registered.table import DigestTable
from proxy.detection.registered.words import Digester
from proxy.errors import ConfigurationError, IdentityUnavailableError
from proxy.identity.registered import BLOCK, Block, LoadTotals, RegisteredStore, StoredList, TenantKey
from proxy.ports import EventLog
from proxy.runtime import private
from proxy.runtime.background import Background
from proxy.runtime.log import logger

ROLES: Final = ("data_subject", "patient", "provider", "third_party")
_AGAIN_S = 5.0
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}").fullmatch
#: Control characters that are no blanks: within a word they would make it a word that no text has.
_CONTROL = re.compile(r"[\0-\x08\x0e-\x1b\x7f]")
#: Digests that are gathered before those that repeat are dropped.
_GATHERED = 4_000_000
Row = Mapping[str, str]


class NewList(NamedTuple):
    """A list to be loaded: whose, its name, what its columns are, and what its people are to the tenant."""

    tenant: str
    name: str
    columns: Sequence[RegisteredColumn]
    role: str = ROLES[0]


def new_list(tenant: str, name: str, columns: Sequence[RegisteredColumn], role: str) -> NewList:
    """Return a list to be loaded.

    Raises:
        ConfigurationError: it cannot have this name or role.

    """
    if not _NAME(name):
        raise ConfigurationError("the name of a list has up to 40 of a-z, 0-9, - and _")
    if role not in ROLES:
        raise ConfigurationError(f"the role of a list's people is one of {', '.join(ROLES)}")
    return NewList(tenant, name, columns, role)


def rows(new: NewList, opened: Iterable[str], delimiter: str) -> Iterator[Row]:
    """Return the rows of a CSV file with a header; reading them raises for one that is not as the header has it.

    Raises:
        ConfigurationError: it lacks a column, has it twice, holds a control character or is no CSV; it says where, and
            quotes nothing.

    """
    if delimiter in {"\r", "\n", '"'}:
        raise ConfigurationError("a line end or a quotation mark does not delimit columns")
    reader = csv.DictReader(_without_mark(opened), delimiter=delimiter, strict=True)
    with _said_where(reader):
        headers = list(reader.fieldnames or ())
    _check_characters(headers, reader.line_num)
    wanted = dict.fromkeys(column.header for column in new.columns)
    if missing := [header for header in wanted if header not in headers]:
        raise ConfigurationError(f"the file has no column {', '.join(missing)}")
    if twice := [header for header in wanted if headers.count(header) > 1]:
        raise ConfigurationError(f"the file has twice the column {', '.join(twice)}")
    return _whole_rows(reader, len(headers))


def lines_of(opened: Iterable[bytes]) -> Iterator[str]:
    """Yield the lines of a file in UTF-8.

    Raises:
        ConfigurationError: a line is not in UTF-8; it says which, and quotes nothing.

    """
    for number, line in enumerate(opened, 1):
        try:
            text = line.decode()
        except UnicodeDecodeError:
            raise ConfigurationError(f"line {number} of the file is not UTF-8") from None
        yield from io.StringIO(text, newline="")


def _without_mark(lines: Iterable[str]) -> Iterator[str]:
    """Yield lines without the mark of Unicode that programs put before the first."""
    for number, line in enumerate(lines):
        yield line if number else line.removeprefix("\ufeff")


def _whole_rows(reader: csv.DictReader[str], width: int) -> Iterator[Row]:
    """Yield rows, each with a value for each header: else the file broke off, or values stand in other columns."""
    with _said_where(reader):
        for row in reader:
            if None in row.values() or any(row.pop(None, ())):  # of a longer row
                raise ConfigurationError(f"line {reader.line_num} of the file has not the {width} values of its header")
            _check_characters(row.values(), reader.line_num)
            yield row


def _check_characters(values: Iterable[str], line: int) -> None:
    for number, value in enumerate(values, 1):
        if match := _CONTROL.search(value):
            character = f"the control character U+{ord(match.group()):04X}"
            raise ConfigurationError(f"line {line} of the file has {character} in column {number}")


@contextlib.contextmanager
def _said_where(reader: csv.DictReader[str]) -> Iterator[None]:
    try:
        yield
    except csv.Error:  # what it says quotes the file
        raise ConfigurationError(f"line {reader.reader.line_num} of the file is not CSV") from None


def location(finding: Finding) -> dict[str, object]:
    """Return where a registered person stands in a text, and of which list; no value."""
    return {"start": finding.start, "end": finding.end, "type": finding.entity_type, "list": finding.registered}


class LoadReport(NamedTuple):
    """How a load ended: its id, the rows that it read, people that can be found, and rows in which nobody can be."""

    load: str
    rows: int
    people: int
    left_out: int
    digests: int

    def facts(self, new: NewList, by: str) -> dict[str, object]:
        """Return the facts of its event."""
        kinds = sorted({column.kind for column in new.columns})
        return {"list": new.name, "role": new.role, "columns": kinds, **self._asdict(), "by": by}


async def load(
    store: RegisteredStore,
    log: EventLog,
    new: NewList,
    rows: Iterator[Row],
    by: str,
    progress: Callable[[int], object] = lambda _: None,
) -> LoadReport:
    """Replace a list by these rows, on record; ``progress`` is told how many were read. No value is kept.

    Raises:
        ConfigurationError: another load of this list is running, a row is not as it must be, or nobody would be found.
        IdentityUnavailableError, AuditUnavailableError: a store cannot be reached; the list is as it was.

    """
    types = types_of(new.columns)
    key = await store.key(new.tenant, create=True)
    maker = RowDigests(Digester(key.of_digests), new.columns)
    read = people = digests = 0
    lengths: Counter[tuple[int, int]] = Counter()
    async with store.replacing(key, new.name) as begun:
        while True:
            size, block, counted = await asyncio.to_thread(_block, maker, rows)
            if not size:
                break
            read, people = read + size, people + len(block.subjects)
            digests += sum(map(len, block.digests))
            lengths.update(counted)
            await begun.add(block.packed())
            progress(read)
        if not people:
            raise ConfigurationError(
                "nobody in the file can be told apart: the list stays as it was until it is removed"
            )
        report = LoadReport(begun.id, read, people, read - people, digests)
        await log.event_durable("registered_list_loaded", report.facts(new, by), tenant=new.tenant)
        await begun.finish(new.role, types, LoadTotals(people, digests, lengths, VERSION), by)
    return report


def _block(maker: RowDigests, rows: Iterator[Row]) -> tuple[int, Block, Counter[tuple[int, int]]]:
    """Return how many rows were left for a block, the block, and the lengths of its numbers."""
    block, lengths, size = Block(array("Q"), []), Counter[tuple[int, int]](), 0
    for row in islice(rows, BLOCK):
        size += 1
        person = maker.of(row)
        if person.digests:
            block.subjects.append(person.subject)
            block.digests.append(array("Q", dict.fromkeys(person.digests)))
            lengths.update(person.lengths)
    return size, block, lengths


async def remove(store: RegisteredStore, log: EventLog, tenant: str, name: str, by: str) -> bool:
    """Remove a list, on record; return whether there was one.

    Raises:
        IdentityUnavailableError, AuditUnavailableError: a store cannot be reached.

    """
    if name not in {stored.name for stored in await store.lists(tenant)}:
        return False
    await log.event_durable("registered_list_removed", {"list": name, "by": by}, tenant=tenant)
    return await store.remove(tenant, name)


async def erase(store: RegisteredStore, log: EventLog, tenant: str, subject: str, by: str) -> int:
    """Remove one person's records from every list of a tenant, on record; return how many there were.

    Raises:
        ConfigurationError: a load of one of the lists is running.
        IdentityUnavailableError, AuditUnavailableError: a store cannot be reached.

    """
    lists = await store.lists(tenant)
    if not lists:
        return 0
    key = await store.key(tenant)
    wanted, erased = subject_digest(Digester(key.of_digests), subject), 0
    for stored in lists:
        blocks = [packed async for packed in store.blocks(stored, key) if _holds(packed, wanted)]
        if not blocks:
            continue
        async with store.replacing(key, stored.name) as begun:
            people = digests = 0
            async for packed in store.blocks(stored, key):
                rest = await asyncio.to_thread(_without, packed, wanted)
                people, digests = people + len(rest.subjects), digests + sum(map(len, rest.digests))
                await begun.add(rest.packed())
            erased += stored.people - people
            facts = {"list": stored.name, "load": begun.id, "people": stored.people - people, "by": by}
            await log.event_durable("registered_person_erased", facts, tenant=tenant)
            totals = LoadTotals(people, digests, stored.lengths, stored.version)
            await begun.finish(stored.role, stored.types, totals, stored.loaded_by)
    return erased


def _holds(packed: bytes, subject: int) -> bool:
    return subject in Block.unpacked(packed).subjects


def _without(packed: bytes, subject: int) -> Block:
    block = Block.unpacked(packed)
    kept = [at for at, whose in enumerate(block.subjects) if whose != subject]
    return Block(array("Q", [block.subjects[at] for at in kept]), [block.digests[at] for at in kept])


def is_outdated(stored: StoredList) -> bool:
    """Whether another release made its digests in another way: texts do not match them until it is loaded again."""
    return stored.version != VERSION


def described(stored: StoredList) -> dict[str, Any]:
    """Return what may be said of a list."""
    return stored.document() | {"outdated": is_outdated(stored)}


async def table(store: RegisteredStore, stored: StoredList, key: TenantKey) -> bytes:
    """Return the table of a list's digests.

    Raises:
        IdentityUnavailableError: the store cannot be reached, or the list is not what was loaded.

    """
    from proxy.detection.registered import building  # noqa: PLC0415 - numpy, which few need here

    gathered: list[building.Digests] = []
    people = size = 0
    async for packed in store.blocks(stored, key):
        digests = await asyncio.to_thread(building.digests_of_block, packed)
        people, size = people + Block.people_in(packed), size + len(digests)
        gathered.append(digests)
        if size > _GATHERED:
            gathered = [await asyncio.to_thread(building.joined, gathered)]
            size = 0
    if people != stored.people:
        raise IdentityUnavailableError(f"the list '{stored.name}' lacks records of registered people: load it again")
    return await asyncio.to_thread(lambda: building.built(building.joined(gathered)))


async def people_of(store: RegisteredStore, tenant: str) -> RegisteredPeople | None:
    """Return the registered people of a tenant, built in memory; None without a list. Errors as ``table``."""
    lists = await store.lists(tenant)
    if not lists:
        return None
    key = await store.key(tenant)
    return RegisteredPeople(
        Digester(key.of_digests), [_listed(list_, DigestTable(await table(store, list_, key))) for list_ in lists]
    )


def _listed(stored: StoredList, digests: DigestTable) -> RegisteredList:
    return RegisteredList(stored.name, stored.load, digests, stored.types, stored.lengths, stored.role)


@dataclass(frozen=True, slots=True)
class RegisteredDesk:
    """What the admin API does with lists; ``people`` are those in force in this process.

    Raises:
        ConfigurationError: a name, a column or a file is not as it must be, or another load of the list is running.
        IdentityUnavailableError, AuditUnavailableError: a store cannot be reached.

    """

    store: RegisteredStore
    log: EventLog
    people: Callable[[], Mapping[str, RegisteredPeople]]
    shared: str = ""  # the workers' folder of metrics

    async def lists(self, tenant: str | None = None) -> list[dict[str, Any]]:
        """Return what may be said of the lists, and how often each was met since this service's processes began."""
        counts = await asyncio.to_thread(metering.matches, self.shared)
        return [
            described(stored) | {"matches": counts.get((stored.tenant, stored.name))}
            for stored in await self.store.lists(tenant)
        ]

    async def load(self, name: str, body: Any, by: str) -> dict[str, object]:
        """Replace a list by the people in a body (``web.api.requests.LoadRegistered``); return the report."""
        new = new_list(body.tenant, name, columns(body.columns), body.role)
        report = await load(self.store, self.log, new, rows(new, io.StringIO(body.csv), body.delimiter), by)
        return dict(report._asdict())

    async def remove(self, tenant: str, name: str, by: str) -> bool:
        """Remove a list; return whether there was one."""
        return await remove(self.store, self.log, tenant, name, by)

    async def erase(self, tenant: str, subject: str, by: str) -> int:
        """Remove one person from every list; return how many records there were."""
        return await erase(self.store, self.log, tenant, subject, by)

    async def check(self, tenant: str, text: str) -> list[dict[str, object]]:
        """Return where a text names people of a tenant's lists."""
        people = self.people().get(tenant)
        return [] if people is None else await asyncio.to_thread(lambda: [*map(location, people.find(text))])


@dataclass(eq=False)
class RegisteredWatch:
    """Keeps the registered people of every tenant in force: ``replace`` gets all of them when a list has changed."""

    store: RegisteredStore
    folder: Path
    replace: Callable[[Mapping[str, RegisteredPeople]], object]
    _ending: bool = False
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _tables: dict[str, DigestTable] = field(default_factory=dict)
    _background: Background = field(default_factory=Background)

    async def start(self) -> None:
        """Put the lists in force, then follow their changes.

        Raises:
            IdentityUnavailableError: they cannot be read, so nothing may be served without them.

        """
        await self.store.start()
        await self.refresh()
        self.store.changed = self._changed.set
        self.store.listen()
        self._background.start("registered people", self._follow())

    async def close(self) -> None:
        """End."""
        self._ending = True  # a query that is cancelled may fail in another way
        await self._background.stop()
        await self.store.close()

    async def refresh(self) -> None:
        """Read what is stored and put it in force; errors as ``start``."""
        by_tenant: dict[str, list[StoredList]] = {}
        for stored in await self.store.lists():
            if is_outdated(stored):
                logger().error("registered_list_outdated", tenant=stored.tenant, list=stored.name)
            by_tenant.setdefault(stored.tenant, []).append(stored)
        people, tables = {}, {}
        for tenant, lists in by_tenant.items():
            key = await self.store.key(tenant)
            for stored in lists:
                tables[stored.load] = self._tables.get(stored.load) or await self._table(stored, key)
            digester = Digester(key.of_digests)
            people[tenant] = RegisteredPeople(digester, [_listed(list_, tables[list_.load]) for list_ in lists])
        self._tables = tables
        self.replace(people)
        metering.put_in_force(
            ListState(stored.tenant, stored.name, stored.people, stored.loaded)
            for lists in by_tenant.values()
            for stored in lists
        )
        await asyncio.to_thread(self._tidy, frozenset(tables))

    async def _table(self, stored: StoredList, key: TenantKey) -> DigestTable:
        """Return the index of a list, from its file if another process has written it."""
        path = self.folder / f"{stored.load}.digests"
        with contextlib.suppress(OSError, ValueError):
            return DigestTable.opened(path)
        data = await table(self.store, stored, key)
        with contextlib.suppress(OSError):  # without a folder to write to, each process has its own
            await asyncio.to_thread(_written, path, data)
            return DigestTable.opened(path)
        return DigestTable(data)

    def _tidy(self, loads: frozenset[str]) -> None:
        with contextlib.suppress(OSError):
            for path in self.folder.glob("rl_*.digests"):
                if path.stem not in loads:
                    path.unlink(missing_ok=True)

    async def _follow(self) -> None:
        while not self._ending:
            await self._changed.wait()
            self._changed.clear()
            try:
                await self.refresh()
            except IdentityUnavailableError as error:
                if self._ending:
                    return
                logger().error("registered_people_not_read", reason=str(error))
                self._changed.set()
                await asyncio.sleep(_AGAIN_S)


def _written(path: Path, data: bytes) -> None:
    private.folder(path.parent)
    private.write(path, data)
