"""``usage`` on a real database: what processes have taken is shown by limit, and what they gave back is not."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import shutil

from proxy.core.limits import COST, MONTH, TOKENS, Limit
from proxy.registry.allowances import LeasedAllowances
from proxy.runtime.clock import SystemClock
from proxy.runtime.resources import shipped
from testing import commands


def used(dsn):
    async def work():
        allowances = LeasedAllowances(dsn, SystemClock())
        await allowances.start()
        for limit, counter, amount in (
            (Limit("crm", TOKENS, 9000, "day", ("tenant", "model")), "crm\ntokens\nacme\ngpt-4o", 700),
            (Limit("all", COST, 9_000_000, MONTH, ("tenant",)), "all\ncost\nacme", 1_250_000),
        ):
            allowances.settle(await allowances.take(limit, counter, amount), amount)
        await allowances.close()

    asyncio.run(work())


def test_usage_shows_what_is_taken(fresh_dsn, tmp_path):
    folder = shutil.copytree(shipped("config"), tmp_path / "config")
    text = (folder / "registry.yaml").read_text()
    own = (
        "\nlimits:\n  - {id: crm, by: [tenant, model], per: day, tokens: 9000}\n",
        "\nbudgets:\n  - {id: all, by: [tenant], month: 9}\n",
    )
    (folder / "registry.yaml").write_text(text.replace("\nlimits:\n", own[0]).replace("\nbudgets:\n", own[1]))
    secret = base64.b64encode(b"k" * 32).decode()
    environment = dict(os.environ) | {"DATABASE_URL": fresh_dsn, "PROXY_SECRET_KEY": secret, "COLUMNS": "300"}
    environment |= {"PROXY_CONFIG_DIR": str(folder)}
    assert "nothing is taken" in commands.run("usage", environment=environment).stdout
    used(fresh_dsn)
    done = commands.run("usage", "--json", environment=environment)
    rows = {row["limit"]: row for row in map(json.loads, done.stdout.splitlines())}
    assert (rows["crm"]["names"], rows["crm"]["taken"]) == (["acme", "gpt-4o"], 700)
    assert (rows["all"]["unit"], rows["all"]["taken"]) == ("cost", 1.25)
    shown = commands.run("usage", environment=environment).stdout
    assert "acme, gpt-4o" in shown
    assert "1.2500  9.0000  14%    EUR" in shown
