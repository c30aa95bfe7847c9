"""The logins of deploy/roles.sql: each has its duty and no other, and the doctor says who owns what."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import asyncpg
import pytest

from proxy.embedded import checks
from proxy.embedded.checks import CheckContext
from proxy.runtime import database
from proxy.runtime.migrations import migrate
from proxy.runtime.resources import shipped
from proxy.settings import Settings

ROOT = Path(__file__).parents[3]


@pytest.fixture
async def installed(postgres_server):
    """A database with the roles of deploy/roles.sql, migrated by their owner; return its address for a login."""
    server = postgres_server.postgres
    address = server.dsn_of("duties")
    admin = await asyncpg.connect(server.dsn_of("postgres"))
    await admin.execute("CREATE DATABASE duties")
    logins = ("proxy_migrate", "proxy_import", "proxy_serve", "proxy_records", "proxy_auditor", "proxy_verify")
    sql = re.sub(
        r"^CREATE ROLE (proxy_\w+) NOLOGIN.*$", "", (ROOT / "deploy/roles.sql").read_text(), flags=re.MULTILINE
    )
    command = [str(server._places.binaries / "psql"), "-v", "ON_ERROR_STOP=1", "-q", "-d", address]
    environment = {**os.environ, **{f"{name.upper()}_PASSWORD": "x" for name in logins}}
    subprocess.run(command, input=sql.encode(), check=True, env=environment, cwd="/")
    yield lambda login: address.replace("postgres@", f"{login}@")
    await admin.execute("DROP DATABASE duties WITH (FORCE)")
    for login in logins:
        await admin.execute(f"DROP OWNED BY {login}; DROP ROLE {login}")
    await admin.close()


async def test_each_login_has_its_duty_and_no_other(installed):
    await migrate(installed("proxy_migrate"), shipped("migrations"))
    may = {
        "proxy_serve": {"WRITER", "READER", "IDENTITY", "VAULT", "REGISTRY", "EXPORTER"},
        "proxy_import": {"WRITER", "REGISTRY", "IDENTITY"},
        "proxy_records": {"RETENTION", "WRITER", "IDENTITY", "READER", "VAULT"},
        "proxy_auditor": {"READER"},
        "proxy_verify": {"VERIFIER"},
    }
    roles = ("OWNER", "WRITER", "READER", "IDENTITY", "VAULT", "REGISTRY", "RETENTION", "VERIFIER", "EXPORTER")
    for login, wanted in may.items():
        found = set()
        for role in roles:
            try:
                await (await database.connect(installed(login), getattr(database, role))).close()
                found.add(role)
            except asyncpg.InsufficientPrivilegeError:
                continue
        assert found == wanted, login


async def test_doctor_says_who_owns_what(installed, tmp_path):
    await migrate(installed("proxy_migrate"), shipped("migrations"))
    told = {}
    for login in ("proxy_serve", "proxy_migrate"):
        settings = Settings(database_url=installed(login), state_dir=tmp_path)
        told[login] = await checks.duties(CheckContext(settings, None, None, tmp_path))
    assert told["proxy_serve"].result == "ok"
    assert "the schema is proxy_owner's" in told["proxy_serve"].detail
    assert told["proxy_migrate"].result == "warning"
    assert "owner" in told["proxy_migrate"].detail
