"""Checks purged records against their certificates: each is named by one, over these very hashes, and was due. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import orjson

from proxy.audit.verification.findings import Damage

#: The event that certifies a purge, under its id.
EVENT = "day_purged"
#: The shortest period of the policy library, days; data can lengthen it, never shorten it.
SHORTEST = 400
_LAPSES = timedelta(hours=24)


class PurgeCertificate(NamedTuple):
    """What an event says of a purge: its place in the log, when, and over which records; ``tenants`` had exchanges."""

    position: tuple[str, int]
    at: datetime
    day: str
    records: int
    root: str
    holds: frozenset[str]
    tenants: frozenset[str]
    first_at: datetime
    last_at: datetime

    @classmethod
    def read(cls, position: tuple[str, int], at: datetime, facts: Mapping[str, Any]) -> PurgeCertificate:
        """Return what the facts of an event say.

        Raises:
            ValueError, KeyError, TypeError, AttributeError: it is not a certificate.

        """
        served = (tenant for tenant, kinds in facts["tenants"].items() if set(kinds) - {"event"})
        named = frozenset(map(str, facts["holds"])), frozenset(map(str, served))
        times = datetime.fromisoformat(facts["first_at"]), datetime.fromisoformat(facts["last_at"])
        return cls(position, at, str(facts["day"]), int(facts["records"]), str(facts["root"]), *named, *times)


class Purge(NamedTuple):
    """What a database or an export shows of one purge; ``first_at``: when the newest batch of it began, as sealed.

    ``root`` is None where the hashes were not read.
    """

    id: str
    writer: str
    days: frozenset[str]
    records: int
    first_at: datetime | None
    root: str | None


@dataclass(slots=True)
class _Hold:
    tenant: str
    facts: Mapping[str, Any]
    requested: datetime
    placed: bool = False
    released: datetime | None = None

    def covers(self, certificate: PurgeCertificate) -> bool:
        """Whether it was in force then, and some exchange that is certified is surely one that it covered."""
        over = self.placed or certificate.at - self.requested < _LAPSES
        in_force = (
            self.requested < certificate.at and over and (self.released is None or certificate.at < self.released)
        )
        narrow = self.facts.get("of_subject") or self.facts.get("activity")
        since, until = (_moment(self.facts.get(name)) for name in ("since", "until"))
        whole = (since is None or since <= certificate.first_at) and (until is None or certificate.last_at < until)
        theirs = self.tenant in certificate.tenants if self.tenant else bool(certificate.tenants)
        return in_force and not narrow and whole and theirs


@dataclass(slots=True)
class PurgeCheck:
    """Takes certificates and holds from the log, then judges each purge."""

    certificates: dict[str, list[PurgeCertificate]] = field(default_factory=dict)
    damages: list[Damage] = field(default_factory=list)
    carried_out: set[str] = field(default_factory=set)
    _holds: dict[str, _Hold] = field(default_factory=dict)

    @property
    def places(self) -> set[tuple[str, int]]:
        """Where the certificates are."""
        return {certificate.position for certificates in self.certificates.values() for certificate in certificates}

    @property
    def pending(self) -> int:
        """How many certificates were not carried out: their records are there, and are checked as any."""
        return len(self.certificates.keys() - self.carried_out)

    def certify(self, purge: str, position: tuple[str, int], at: datetime, facts: Mapping[str, Any]) -> None:
        """Take in a certificate."""
        try:
            self.certificates.setdefault(purge, []).append(PurgeCertificate.read(position, at, facts))
        except (ValueError, KeyError, TypeError, AttributeError):
            self.damages.append(Damage(*position, "body", "certifies a purge in no form that is known"))

    def hold(self, at: datetime, action: str, tenant: str, facts: Mapping[str, Any]) -> None:
        """Take in an event about a hold, in order of time."""
        name = str(facts.get("hold"))
        if action == "hold_requested":
            self._holds[name] = _Hold(tenant, facts, at)
        elif name in self._holds and action == "hold_placed":
            self._holds[name].placed = True
        elif name in self._holds:
            self._holds[name].released = at

    def judge(self, purge: Purge, covered: Mapping[tuple[str, int], bool] | None) -> None:
        """Say what is wrong with a purge; ``covered``: whether the place of a certificate is under a sound seal."""
        self.carried_out.add(purge.id)
        certificates = self.certificates.get(purge.id, [])
        sound = [
            certificate for certificate in certificates if covered is None or covered.get(certificate.position, False)
        ]
        wrong = "no certificate in a sound chain says so" if len(sound) != 1 else self._wrong(purge, sound[0])
        if wrong:
            sentence = f"{purge.records} records of {', '.join(sorted(purge.days))} were purged: {wrong}"
            self.damages.append(Damage(purge.writer, 0, "purge", sentence))

    def _wrong(self, purge: Purge, certificate: PurgeCertificate) -> str:
        if (
            purge.days != {certificate.day}
            or purge.records != certificate.records
            or purge.root not in {certificate.root, None}
        ):
            return "the certificate is over other records"
        if purge.first_at is not None and purge.first_at + timedelta(days=SHORTEST) >= certificate.at:
            return f"some were sealed after {certificate.at - timedelta(days=SHORTEST):%F}, so no policy allowed it"
        broken = [name for name, hold in self._holds.items() if hold.covers(certificate)]
        unsaid = [name for name in broken if name not in certificate.holds]
        if broken:
            return f"the legal hold {broken[0]} covered them{', and is not in the certificate' if unsaid else ''}"
        return ""


def facts_of(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the facts of a row of the database, which the driver gives as text; none where they are not an object."""
    try:
        facts = orjson.loads(row["facts"] or b"{}")
    except orjson.JSONDecodeError:
        return {}
    return facts if isinstance(facts, dict) else {}


def hold_events(rows: Iterable[Mapping[str, Any]]) -> Iterator[tuple[datetime, str, str, Mapping[str, Any]]]:
    """Yield what ``PurgeCheck.hold`` takes from rows of the database."""
    for row in rows:
        yield row["recorded_at"], row["action"], row["tenant"], facts_of(row)


def _moment(text: Any) -> datetime | None:
    try:
        when = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)
