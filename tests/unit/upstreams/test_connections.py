"""Against servers with certificates of a test authority."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
import ssl
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from proxy.core.records import Outbound, TargetVerdict
from proxy.core.routing.routing import Sender
from proxy.core.targets.access import Access
from proxy.core.targets.destinations import ANYWHERE, Destinations
from proxy.core.wire import Wire
from proxy.errors import TargetConnectionError, UpstreamError
from proxy.upstreams.client import HttpUpstreams, TargetLimits
from proxy.upstreams.connections import GuardedResolver
from proxy.upstreams.credentials import Credentials
from testing.fakes import FixedClock, target


class Authority:
    """A certificate authority; writes PEM files into a folder."""

    def __init__(self, folder, name):
        self.folder, self.key = folder, ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        self.certificate = self._signed(self.name, self.key, ca=True)
        (folder / f"{name}.pem").write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))

    def _signed(self, subject, key, *, ca):
        begins = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begins)
            .not_valid_after(begins + dt.timedelta(days=30))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        if ca:
            usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
            made = made.add_extension(usage, critical=True)
            made = made.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        else:
            names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
            made = made.add_extension(x509.SubjectAlternativeName(names), critical=False)
            made = made.add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False
            )
        return made.sign(self.key, hashes.SHA256())

    def issue(self, name):
        """Write NAME.pem, certificate and key, and NAME.key, the key alone."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        pem = self._signed(subject, key, ca=False).public_bytes(serialization.Encoding.PEM)
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        (self.folder / f"{name}.pem").write_bytes(pem + private)
        (self.folder / f"{name}.crt").write_bytes(pem)
        (self.folder / f"{name}.key").write_bytes(private)
        return self.folder / f"{name}.pem"


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path, "ca")


@asynccontextmanager
async def serving(authority, *, client_ca=None):
    """A TLS server; yields its port and the names of the clients that it saw."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(authority.issue("server"))
    if client_ca is not None:
        context.load_verify_locations(client_ca)
        context.verify_mode = ssl.CERT_REQUIRED
    seen = []

    async def handler(request):
        peer = request.transport.get_extra_info("peercert")
        seen.append(dict(pair[0] for pair in peer["subject"])["commonName"] if peer else "")
        return web.Response(text="{}")

    app = web.Application()
    app.router.add_post("/x", handler)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    try:
        yield runner.addresses[0][1], seen
    finally:
        await runner.cleanup()


@asynccontextmanager
async def calling(folder, destinations=ANYWHERE):
    upstreams = HttpUpstreams(
        Credentials(lambda _: None, folder), TargetLimits(connect_s=2.0), FixedClock(), destinations
    )
    await upstreams.start()

    async def call(base_url, **access):
        chosen = target("a", base_url=base_url, access=Access(**access))
        outbound = Outbound("x", chosen, TargetVerdict("a", True, 0), Wire("/x", b"{}"), False, {}, (), (), False)
        reply = await upstreams.send(outbound, Sender("ann"))
        await reply.read()
        await reply.close()
        return reply.status

    try:
        yield call
    finally:
        await upstreams.close()


async def test_an_own_authority_is_trusted_by_the_target_that_names_it_alone(authority, tmp_path):
    async with serving(authority) as (port, _), calling(tmp_path) as call:
        assert await call(f"https://127.0.0.1:{port}", ca="ca.pem") == 200
        with pytest.raises(UpstreamError, match="could not be reached"):
            await call(f"https://127.0.0.1:{port}")


async def test_another_authority_than_the_named_one_is_not_trusted(authority, tmp_path):
    Authority(tmp_path, "other")
    async with serving(authority) as (port, _), calling(tmp_path) as call:
        with pytest.raises(UpstreamError, match="could not be reached"):
            await call(f"https://127.0.0.1:{port}", ca="other.pem")


async def test_a_client_shows_its_certificate_and_a_new_one_once_the_file_changes(authority, tmp_path):
    authority.issue("first")
    authority.issue("second")
    async with serving(authority, client_ca=tmp_path / "ca.pem") as (port, seen), calling(tmp_path) as call:
        base = f"https://localhost:{port}"
        await call(base, ca="ca.pem", certificate="first.pem")
        await call(base, ca="ca.pem", certificate="second.crt", key="second.key")
        (tmp_path / "second.pem").replace(tmp_path / "first.pem")
        await call(base, ca="ca.pem", certificate="first.pem")
        assert seen == ["first", "second", "second"]
        with pytest.raises(UpstreamError):
            await call(base, ca="ca.pem")


@pytest.mark.parametrize(
    ("scheme", "access"),
    [
        ("https", {"ca": "absent.pem"}),
        ("https", {"ca": "server.key"}),
        ("https", {"certificate": "ca.pem"}),
        ("https", {"certificate": "locked.pem"}),
        ("https", {"ca": "../ca.pem"}),
        ("http", {"ca": "ca.pem"}),
    ],
)
async def test_certificates_that_cannot_be_used_connect_to_nobody(authority, tmp_path, scheme, access):
    locked = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"p")
    )
    async with serving(authority) as (port, seen), calling(tmp_path) as call:
        (tmp_path / "locked.pem").write_bytes((tmp_path / "server.crt").read_bytes() + locked)
        with pytest.raises(TargetConnectionError, match="target a") as caught:
            await call(f"{scheme}://127.0.0.1:{port}", **access)
        assert (seen, str(tmp_path) in str(caught.value)) == ([], False)


@pytest.mark.parametrize(
    ("base_url", "listed"),
    [
        ("http://169.254.169.254/latest", ""),
        ("http://metadata.google.internal", ""),
        ("http://[::ffff:169.254.169.254]", ""),
        ("http://127.0.0.1:9", "other.example"),
    ],
)
async def test_an_address_that_is_not_allowed_is_not_connected_to(tmp_path, base_url, listed):
    async with calling(tmp_path, Destinations.of(listed)) as call:
        with pytest.raises(TargetConnectionError, match="target a is not called"):
            await call(base_url)


async def test_a_name_in_disguise_leads_nowhere(tmp_path):
    """The resolver of the machine reads 2852039166 as 169.254.169.254."""
    async with calling(tmp_path) as call:
        with pytest.raises(UpstreamError, match="could not be reached"):
            await call("http://2852039166")


class Names(AbstractResolver):
    """Knows one name."""

    def __init__(self, *addresses):
        self.addresses = addresses

    async def resolve(self, host, port=0, family=socket.AF_INET):
        return [
            {"hostname": host, "host": one, "port": port, "family": family, "proto": 0, "flags": 0}
            for one in self.addresses
        ]

    async def close(self):
        pass


async def test_addresses_that_are_not_connected_to_are_left_out():
    found = await GuardedResolver(ANYWHERE, Names("169.254.169.254", "127.0.0.1")).resolve("x")
    assert [one["host"] for one in found] == ["127.0.0.1"]
    with pytest.raises(OSError, match="no address"):
        await GuardedResolver(ANYWHERE, Names("169.254.169.254")).resolve("x")
