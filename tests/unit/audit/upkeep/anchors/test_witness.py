from __future__ import annotations

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from proxy.audit.sealing import notes
from proxy.audit.sealing.cosignature import Cosigner
from proxy.audit.sealing.keys import AuditSigningKey
from proxy.audit.sealing.witnessing import origin_hash
from proxy.audit.upkeep.anchors import NewNote
from proxy.audit.upkeep.anchors.witness import confirmed, opened

KEY = AuditSigningKey.generate()
COSIGNER = Cosigner("w", Ed25519PrivateKey.generate())
SIGNED = notes.sign(notes.Note(5, b"r" * 32), KEY)


async def growth(old: int):
    return [bytes([old]) * 32]


NOTE = NewNote(5, SIGNED, notes.anchor_line(SIGNED), growth)


@pytest.fixture
async def witness():
    """A witness that answers what the test wants, and keeps what it was asked."""
    answers, asked = [], []

    async def handle(request):
        asked.append((await request.text()).partition("\n")[0])
        status, text = answers.pop(0)
        return web.Response(status=status, text=text)

    app = web.Application()
    app.router.add_post("/add-checkpoint", handle)
    app.router.add_get(f"/{origin_hash(KEY.origin)}/checkpoint", handle)
    server = TestServer(app)
    await server.start_server()
    yield opened(f"{str(server.make_url('')).rstrip('/')}#{COSIGNER.key}"), answers, asked
    await server.close()


async def test_what_the_witness_has_seen_is_proven_to_go_on(witness):
    anchor, answers, asked = witness
    answers += [(409, "3\n"), (200, COSIGNER.cosign(SIGNED.partition("\n\n")[0] + "\n", 7))]
    word = await anchor.put(NOTE)
    assert asked == ["old 0", "old 3"]
    assert confirmed(SIGNED, word, [COSIGNER.key]) == NOTE.line
    assert anchor.size == 5


@pytest.mark.parametrize(
    "replies",
    [
        [(409, "9\n")],
        [(409, "5\n")],
        [(409, "what\n")],
        [(422, "")],
        [(200, "no cosignature\n")],
        [(409, "3\n"), (422, "")],
    ],
)
async def test_a_witness_that_does_not_cosign_is_a_fault(witness, replies):
    anchor, answers, _ = witness
    answers += replies
    with pytest.raises(OSError, match="witness"):
        await anchor.put(NOTE)


async def test_what_it_cosigned_last_is_read_back(witness):
    anchor, answers, _ = witness
    cosigned = SIGNED + COSIGNER.cosign(SIGNED.partition("\n\n")[0] + "\n", 7)
    answers += [(200, cosigned), (200, cosigned), (404, "")]
    assert (await anchor.newest(KEY.origin), await anchor.every(KEY.origin)) == (NOTE.line, [NOTE.line])
    assert await anchor.newest(KEY.origin) == "", "it has cosigned nothing, or does not show it"


@pytest.mark.parametrize("reply", [(200, SIGNED), (200, "?"), (500, ""), (302, "")])
async def test_what_it_has_not_cosigned_is_not_its_word(witness, reply):
    anchor, answers, _ = witness
    answers.append(reply)
    with pytest.raises(OSError, match="has cosigned"):
        await anchor.newest(KEY.origin)


async def test_a_witness_that_is_away_is_a_fault():
    with pytest.raises(OSError):
        await opened(f"http://127.0.0.1:1#{COSIGNER.key}").put(NOTE)


@pytest.mark.parametrize(
    "where",
    ["witness.example", "https://w", f"ftp://w#{COSIGNER.key}", "https://w#key"],
    ids=["no scheme", "no key", "ftp", "bad key"],
)
def test_an_address_without_a_key_is_refused(where):
    with pytest.raises(ValueError):
        opened(where)
