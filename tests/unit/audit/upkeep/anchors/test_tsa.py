"""Against an authority that 'openssl ts' makes."""

from __future__ import annotations

import subprocess

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from proxy.audit.sealing import notes
from proxy.audit.sealing.keys import AuditSigningKey
from proxy.audit.sealing.notes import stamped, time_of
from proxy.audit.upkeep.anchors import NewNote, tsa

pytestmark = pytest.mark.heavy
KEY = AuditSigningKey.generate()
SIGNED = notes.sign(notes.Note(5, b"r" * 32), KEY)
CONFIGURATION = """
[tsa]
default_tsa = config
[config]
serial = serial
crypto_device = builtin
signer_cert = tsa.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
ordering = yes
ess_cert_id_alg = sha256
[ext]
extendedKeyUsage = critical,timeStamping
keyUsage = critical,digitalSignature
"""


async def growth(old: int):
    return []


NOTE = NewNote(5, SIGNED, notes.anchor_line(SIGNED), growth)


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tsa")
    (folder / "tsa.cnf").write_text(CONFIGURATION)
    (folder / "serial").write_text("01\n")

    def openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    new = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    for name in ("ca", "other"):
        openssl(
            "req", "-x509", *new, "-keyout", f"{name}.key", "-out", f"{name}.pem", "-subj", f"/CN={name}", "-days", "30"
        )
    openssl("req", *new, "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=Test TSA")
    openssl(
        "x509", "-req", "-in", "tsa.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "30",
        "-extfile", "tsa.cnf", "-extensions", "ext", "-out", "tsa.pem",
    )  # fmt: skip
    return folder


@pytest.fixture
async def address(authority):
    async def stamp(request):
        (authority / "query.tsq").write_bytes(await request.read())
        subprocess.run(
            ["openssl", "ts", "-reply", "-config", "tsa.cnf", "-queryfile", "query.tsq", "-out", "reply.tsr"],
            cwd=authority, check=True, capture_output=True,
        )  # fmt: skip
        return web.Response(body=(authority / "reply.tsr").read_bytes(), content_type="application/timestamp-reply")

    app = web.Application()
    app.router.add_post("/", stamp)
    server = TestServer(app)
    await server.start_server()
    yield str(server.make_url("/"))
    await server.close()


async def test_a_note_is_stamped_and_the_token_says_when(authority, address):
    answer = await tsa.opened(f"{address}#{authority / 'ca.pem'}").put(NOTE)
    roots = (authority / "ca.pem").read_bytes()
    assert time_of(answer, stamped(SIGNED), roots).startswith("20")
    assert time_of(answer, stamped(f"{SIGNED}— w AAAA\n"), roots), "cosignatures come later"
    with pytest.raises(ValueError, match="something else"):
        time_of(answer, stamped(SIGNED.replace("\n5\n", "\n6\n")), roots)
    with pytest.raises(ValueError, match="not the authority's"):
        time_of(answer, stamped(SIGNED), (authority / "other.pem").read_bytes())


async def test_a_token_of_an_authority_that_is_not_trusted_is_a_fault(authority, address):
    with pytest.raises(OSError, match="not the authority's"):
        await tsa.opened(f"{address}#{authority / 'other.pem'}").put(NOTE)


async def test_an_authority_that_is_away_or_talks_nonsense_is_a_fault(address):
    with pytest.raises(OSError):
        await tsa.opened("http://127.0.0.1:1/").put(NOTE)
    with pytest.raises(OSError):
        await tsa.opened(f"{address}nothing").put(NOTE)


def test_what_is_no_address_is_refused():
    with pytest.raises(ValueError, match="tsa:https"):
        tsa.opened("tsa.example")
