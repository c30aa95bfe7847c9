from __future__ import annotations

from datetime import UTC, datetime

import pytest
import typer
from typer.testing import CliRunner

from proxy.cli.audit.asking import Since, period, utc

NOON = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "moment"),
    [
        ("2026-11-30T12:00:00+00:00", NOON), ("2026-11-30T13:00+01:00", NOON), ("2026-11-30 12:00:00Z", NOON),
        ("2026-11-30T12:00", NOON), ("2026-11-30 12:00:00.000000+0000", NOON), ("2026-11-30", NOON.replace(hour=0)),
        ("yesterday", None),
    ],
)  # fmt: skip
def test_a_time_is_taken_with_and_without_an_offset(given, moment):
    app, taken = typer.Typer(), []

    @app.command()
    def command(since: Since = None) -> None:
        taken.append(utc(since))

    ended = CliRunner().invoke(app, ["--since", given])
    assert (ended.exit_code == 0) == (moment is not None)
    assert taken == ([moment] if moment is not None else [])
    assert moment is not None or "'yesterday' is no time; write 2026-11-30" in " ".join(ended.output.split())


def test_a_time_that_ends_before_it_begins_is_refused():
    assert period(NOON.replace(hour=0, tzinfo=None), NOON) == (NOON.replace(hour=0), NOON)
    for until in (NOON, NOON.replace(hour=0)):
        with pytest.raises(typer.BadParameter, match="'until' must be later than 'since'"):
            period(NOON, until)
