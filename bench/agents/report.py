"""The table, printed as it grows and written as a page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from bench.agents.installing import pins
from bench.agents.judge import Result
from bench.agents.product import PATIENCE_S
from bench.agents.programs import PROGRAMS
from bench.agents.scenarios import scenarios

PAGE = Path("docs/reference/agents.md")
_COLUMNS = ("program", "session", "completed", "changed lines per 1,000", "keys, names, keywords", "planted at the provider",
            "files as in the direct run", "cached tokens, direct and through the proxy", "added seconds")  # fmt: skip
_ABOUT = """# Coding agents that were tried

Written whole by `make agents` on {date} (`python -m bench.agents --write`): the real programs, installed from npm and PyPI, each driven without a
terminal through the same session twice: straight at a scripted provider that plays the model, and through the product as `make run` starts it, with
the provider as its third party and, at another address, as its server in the region (`TARGET_REGION_URL`). Reading
has up to {patience} s for a request instead of 10, as the machine had other work (`PROXY_DETECTION_DEADLINE_S`). Nothing of a program is changed but what [`compliance-proxy use`](../how-to/protect-a-coding-agent.md) writes.

- *completed*: same exit status, same number of turns, no refusal, and it shows what it has to say. *{local}*: some turns stayed in the region;
  *repeated*: the proxy asked for some again.
- *changed lines per 1,000*: lines of all texts that the provider received otherwise than sent, each counted once; those with a planted value, which
  have to be changed, do not count, nor do *credits*, lines that name an author of the code. The sessions *edit* and *code* contain no personal data.
- *keys, names, keywords*: keys of objects, names of tools and members of enums in definitions, and words of programming languages that were changed.
- *planted*: values of the person that stood in any request that the provider received. 0 is the only good figure.
- *cached tokens*: what the provider reads from its cache, summed over the session, by the longest prefix of whole parts (tools, system prompt, messages)
  that an earlier request had, at four bytes a token.
- *added seconds*: of the whole run, on two shared cores, first turn cold: an indication, no measurement.

*edit*: read, change and run a small program. *code*: read six real files and list them. *person*: read a person's notes, change and check them.
*health*: the same with a diagnosis, which policy keeps in the region: the session goes on there. *long*: a person's notes, then {turns} calls of tools; aider has no tools.
A session without a row was not run; a row that a run did not try is the last one that did.

"""


def row(result: Result) -> list[str]:
    """Return a row of the table."""
    damage = result.damage
    direct, proxied = result.cached
    return [
        result.program,
        result.scenario.name,
        result.verdict,
        f"{damage.per_thousand:.1f} ({len(damage.changed)} of {damage.lines}{f', {damage.credits} credits' * bool(damage.credits)})",
        f"{len(damage.keys)}, {len(damage.names)}, {len(damage.keywords)}",
        ", ".join(f"{what} {count}" for what, count in result.leaked.items()) or "0",
        "yes" if result.edits_equal else "no",
        f"{direct:,} / {proxied:,}",
        f"{result.added_s:.1f}",
    ]


def printed(result: Result, *, details: int) -> str:
    """Return what the terminal shows of a session: the row, and the first changed lines and refusals."""
    cells = dict(zip(_COLUMNS, row(result), strict=True))
    lines = [" | ".join(f"{name}: {cell}" for name, cell in cells.items())]
    damage = result.damage
    lines += [
        f"    {what}: {value}" for what in ("keys", "names", "keywords") for value in getattr(damage, what)[:details]
    ]
    lines += [f"    {path}: {old[:110]!r} -> {new[:110]!r}" for path, old, new in damage.changed[:details]]
    lines += [f"    {record.status} {record.path}: {record.reply[:400]}" for record in result.proxied.refused[:2]]
    causes = {record.reply_headers.get("x-compliance-cause", "") for record in result.proxied.sent if record.stayed}
    lines += [f"    in the region: {cause[:400]}" for cause in sorted(causes)]
    if not result.said:
        lines.append(f"    it printed: {result.proxied.output[-300:]!r}")
    return "\n".join(lines)


def page(results: Sequence[Result], skipped: Mapping[str, str], turns: int, former: str = "") -> str:
    """Return the page, with the rows of the present one for what did not run again."""
    head = _ABOUT.format(date=dt.datetime.now(dt.UTC).date(), turns=turns, local="in the region", patience=PATIENCE_S)
    rows = {(cells[0], cells[1]): cells for cells in (*_rows(former), *map(row, results))}
    programs, sessions = [program.name for program in PROGRAMS], [scenario.name for scenario in scenarios(turns)]
    ordered = sorted(rows, key=lambda names: (programs.index(names[0]), sessions.index(names[1])))
    table = [_COLUMNS, ["---"] * len(_COLUMNS), *(rows[names] for names in ordered)]
    lines = [f"| {' | '.join(cells)} |" for cells in table]
    lines += ["", *(f"Not tried: {name} ({why})." for name, why in skipped.items())]
    releases = ", ".join(f"{package} {release}" for package, release in pins().items())
    return head + "\n".join([*lines, f"Programs: {releases}. Proxy {version('compliance-proxy')}.", ""])


def _rows(former: str) -> Iterator[list[str]]:
    """Yield the rows of a page."""
    known = {(program.name, scenario.name) for program in PROGRAMS for scenario in scenarios(1)}
    for line in former.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if len(cells) == len(_COLUMNS) and (cells[0], cells[1]) in known:
            yield cells
