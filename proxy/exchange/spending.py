"""What one request may use: reserved at its limits before it is read, settled by what it used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from proxy.core import limits, usage
from proxy.core.limits import COST, REQUESTS, TOKENS, Limit, LimitStanding
from proxy.core.records import Exchange, Payload
from proxy.core.statuses import Attempt
from proxy.errors import BudgetReachedError, LimitReachedError, LimitUnknownError, ProxyError
from proxy.ports import Allowances, Reserved


@dataclass(slots=True)
class Spending:
    """One request at its limits."""

    allowances: Allowances
    limits: Sequence[Limit]
    exchange: Exchange
    standings: list[LimitStanding] = field(default_factory=list)  # of the limits that are for it
    _reserved: list[Reserved] = field(default_factory=list)
    _used: dict[str, int] = field(default_factory=lambda: {REQUESTS: 1, TOKENS: 0, COST: 0})

    async def reserve(self, payload: Payload) -> None:
        """Reserve the request and what it will probably use.

        Raises:
            LimitReachedError, BudgetReachedError: something is used up; nothing of it is reserved any more.
            LimitUnknownError: the database is away, and what was leased is used.

        """
        caller = self._names(payload.model)
        amounts = {REQUESTS: 1, TOKENS: sum([len(span.text) for span in payload.spans]) // usage.PER_TOKEN, COST: 0}
        for limit in self.limits:
            counter = limit.counter(caller)
            if counter is None:
                continue
            try:
                self._reserved.append(await self.allowances.take(limit, counter, amounts[limit.unit]))
            except (LimitReachedError, LimitUnknownError) as fault:
                self._used = dict.fromkeys(self._used, 0)
                raise self._named(fault, self.allowances.standing(limit, counter), caller) from None
            finally:
                self.standings.append(self.allowances.standing(limit, counter))

    def _named(self, fault: ProxyError, standing: LimitStanding, caller: Mapping[str, str]) -> ProxyError:
        """Return the fault with the name of its limit, and when to try again."""
        limit = standing.limit
        if isinstance(fault, LimitUnknownError):
            named: ProxyError = LimitUnknownError(
                f"what is left of limit '{limit.id}' is unknown: the database is away"
            )
            named.retry_after_s = 1.0
            return named
        kind = BudgetReachedError if limit.unit == COST else LimitReachedError
        named = kind(limits.reached(standing, caller))
        named.retry_after_s = max(1.0, standing.reset_s)
        return named

    def used(self, attempt: Attempt) -> None:
        """Count what a call used."""
        counts = attempt.usage[0]
        self._used[TOKENS] += usage.tokens(counts)
        self._used[COST] += counts.get(usage.COST, 0)

    def settle(self) -> None:
        """Replace what was reserved by what was used."""
        for reserved in self._reserved:
            self.allowances.settle(reserved, self._used[reserved.limit.unit])
        self._reserved.clear()

    def _names(self, model: str) -> Mapping[str, str]:
        principal = self.exchange.principal
        return {
            "key": principal.key_id,
            "service": principal.service,
            "tenant": principal.tenant,
            "model": model,
            "activity": self.exchange.declared.activity,
        }
