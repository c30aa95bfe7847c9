"""Against a store that behaves as S3 with object lock does: written once, listed in order of keys."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from proxy.audit.sealing import notes
from proxy.audit.sealing.keys import AuditSigningKey
from proxy.audit.upkeep.anchors import NewNote, s3

KEY = AuditSigningKey.generate()


def note(size: int, root: bytes = b"r" * 32) -> NewNote:
    signed = notes.sign(notes.Note(size, root), KEY)
    return NewNote(size, signed, notes.anchor_line(signed), lambda _: None)


@pytest.fixture
async def bucket(monkeypatch):
    """A store, what it holds, and the headers of what was put there."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    held, headers = {}, []

    async def put(request):
        headers.append(request.headers)
        key = request.match_info["key"]
        if request.headers["if-none-match"] == "*" and key in held:
            return web.Response(status=412)
        held[key] = await request.read()
        return web.Response()

    async def get(request):
        key = request.match_info["key"]
        return web.Response(body=held[key]) if key in held else web.Response(status=404)

    async def listing(request):
        keys = [key for key in sorted(held) if key.startswith(request.query["prefix"])][
            : int(request.query["max-keys"])
        ]
        rows = "".join(f"<Contents><Key>{key}</Key></Contents>" for key in keys)
        space = "http://s3.amazonaws.com/doc/2006-03-01/"
        return web.Response(text=f'<ListBucketResult xmlns="{space}">{rows}</ListBucketResult>')

    app = web.Application()
    app.router.add_put("/acme/{key:.+}", put)
    app.router.add_get("/acme/{key:.+}", get)
    app.router.add_get("/acme", listing)
    server = TestServer(app)
    await server.start_server()
    yield s3.opened(f"acme/audit/eu1?region=eu-central-1&days=30&endpoint={server.make_url('')}"), held, headers
    await server.close()


async def test_each_note_is_an_object_under_lock_and_the_newest_comes_back(bucket):
    anchor, held, headers = bucket
    assert await anchor.newest(KEY.origin) == ""
    for size in (9, 10, 100):
        await anchor.put(note(size))
    assert len(held) == 3
    assert await anchor.newest(KEY.origin) == note(100).line
    assert await anchor.every(KEY.origin) == [note(size).line for size in (9, 10, 100)]
    first = headers[0]
    assert first["x-amz-object-lock-mode"] == "COMPLIANCE"
    until = datetime.fromisoformat(first["x-amz-object-lock-retain-until-date"])
    assert timedelta(days=29) < until - datetime.now(UTC) < timedelta(days=31)
    signed = first["authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";")
    assert {"if-none-match", "x-amz-object-lock-mode", "x-amz-content-sha256", "x-amz-checksum-sha256"} <= set(signed)


async def test_the_same_note_may_come_again_and_another_of_its_size_is_a_fault(bucket):
    anchor, held, _ = bucket
    await anchor.put(note(9))
    await anchor.put(note(9))
    with pytest.raises(OSError, match="another note of 9 seals"):
        await anchor.put(note(9, b"x" * 32))
    assert list(held.values()) == [note(9).signed.encode()]


async def test_something_else_in_the_bucket_is_a_fault(bucket):
    anchor, held, _ = bucket
    held["audit/eu1/000"] = b"something"
    with pytest.raises(OSError, match="something else"):
        await anchor.newest(KEY.origin)


async def test_a_store_that_is_away_or_refuses_is_a_fault(bucket):
    anchor, _, _ = bucket
    away = s3.opened("acme/audit?region=eu-central-1&endpoint=http://127.0.0.1:1")
    other = s3.opened(f"other/audit?region=eu-central-1&endpoint={anchor.endpoint}")
    for one in (away, other):
        with pytest.raises(OSError):
            await one.put(note(1))
        with pytest.raises(OSError):
            await one.newest(KEY.origin)


@pytest.mark.parametrize(
    "where", ["", "bucket", "bucket/prefix", "bucket?region=x", "b/p?region=x&days=y", "b/p?region=x&z=1"]
)
def test_another_form_is_refused(where):
    with pytest.raises(ValueError, match="s3:bucket/prefix"):
        s3.opened(where)
