"""``compliance-proxy selftest``: what leaves a deployed proxy, what comes back, what is on record."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from proxy.cli.installation import fail

if TYPE_CHECKING:
    from proxy.audit.sealing.keys import AuditSigningKey, VerifierKey
    from proxy.selftest.page import Result
    from proxy.selftest.spoken import Spoken
    from proxy.selftest.trial import Exchanged


def command(
    url: Annotated[
        str, typer.Option(envvar="COMPLIANCE_PROXY_URL", help="The proxy's address (default: the one that runs here).")
    ] = "",
    key: Annotated[
        str,
        typer.Option(
            envvar="COMPLIANCE_PROXY_KEY", help="A key of the proxy (default: the demo key, where it runs here)."
        ),
    ] = "",
    listen: Annotated[
        str,
        typer.Option(
            envvar="PROXY_SELFTEST_LISTEN",
            metavar="HOST:PORT",
            help="Where the proxy reaches the targets of the self-test.",
        ),
    ] = "127.0.0.1:8099",
    model: Annotated[str, typer.Option(help="The model whose route leads to these targets.")] = "selftest",
    api: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Try this API alone.")] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", file_okay=False, help="Write selftest.json and selftest.html there.")
    ] = None,
    audit_key: Annotated[
        str | None,
        typer.Option("--audit-key", metavar="FILE|KEY", help="The log's public key, as 'audit key export' prints it."),
    ] = None,
) -> None:
    """Plant synthetic people, secrets and health notes in every API, whole and streamed, and watch both ends.

    The proxy needs the targets selftest/outside and selftest/region of the shipped configuration, and in
    TARGET_SELFTEST_URL the address on which this command listens. Exit with 0: everything is as it must be; 1:
    something is not.
    """
    from proxy.cli.installation import run
    from proxy.runtime.integers import whole_number

    url, key = _deployed(url, key)
    host, _, port = listen.rpartition(":")
    number = whole_number(port, 65_535)
    if number is None:
        raise fail("--listen takes HOST:PORT", 2)
    signing, verifier = _keys(audit_key)
    result = run(_tried(url, key, (host, number), model, _chosen(api), signing, verifier))
    for row in result.failed:
        typer.secho(f"{row['api']}, {row['planted']}: {'; '.join(row['faults'])} ({row['exchange']})", fg="red")
    if out is not None:
        _write(out, result)
    typer.echo(result.verdict)
    if result.failed or not result.rows:
        raise typer.Exit(1)


def _deployed(url: str, key: str) -> tuple[str, str]:
    """Return address and key as given, else those of the proxy that runs here."""
    from proxy.embedded import state
    from proxy.embedded.first_start import DEMO_TENANT
    from proxy.settings import Settings

    settings = Settings()
    stack = state.running(settings.state_dir)
    url = url or (stack.proxy_url if stack is not None else "")
    key = key or (state.demo_keys(settings.state_dir).get(DEMO_TENANT, "") if stack is not None else "")
    if not url or not key:
        raise fail("no proxy runs here: name one by --url, and a key of it by --key", 2)
    return url.rstrip("/"), key


def _keys(audit_key: str | None) -> tuple[AuditSigningKey | None, VerifierKey | None]:
    """Return the key that signs, where this account has it, and the one that receipts are checked with."""
    from proxy.audit.sealing import signing_key, trusted
    from proxy.settings import Settings

    settings = Settings()
    signing = signing_key.signing_key(settings) if signing_key.path(settings) is not None else None
    if audit_key:
        return signing, trusted.verifier_key(audit_key, settings.audit_origin)
    return signing, signing.verifier if signing is not None else None


def _chosen(names: list[str] | None) -> tuple[Spoken, ...]:
    from proxy.selftest import spoken

    apis = {dialect.api.name for dialect in spoken.every()}
    if unknown := set(names or ()) - apis:
        raise fail(f"not tried here: {', '.join(sorted(unknown))}; there are {', '.join(sorted(apis))}", 2)
    return tuple(dialect for dialect in spoken.every() if not names or dialect.api.name in names)


async def _tried(
    url: str, key: str, address: tuple[str, int], model: str, chosen: tuple[Spoken, ...],
    signing: AuditSigningKey | None, verifier: VerifierKey | None,
) -> Result:  # fmt: skip
    from datetime import UTC, datetime

    import aiohttp

    from proxy.errors import ConfigurationError
    from proxy.runtime.clock import SystemClock
    from proxy.selftest import page
    from proxy.selftest.page import Result
    from proxy.selftest.sink import Sink
    from proxy.selftest.trial import Trial

    sink, at = Sink(), datetime.fromtimestamp(SystemClock().now(), UTC)
    try:
        async with sink.listening(*address):
            exchanged = await Trial(url, key, model, verifier).run(sink, chosen, _shown)
    except (aiohttp.ClientError, TimeoutError) as error:
        raise ConfigurationError(f"{url} does not answer ({type(error).__name__})") from error
    except OSError as error:
        raise ConfigurationError(f"{address[0]}:{address[1]} cannot be listened on ({error.strerror})") from error
    return Result(url, at, page.rows(exchanged, sink.received), verifier is not None, signing)


def _shown(exchanged: Exchanged) -> None:
    from proxy.selftest import trial

    typer.echo(
        f"{exchanged.spoken.name}, {exchanged.plant.kind}: status {exchanged.status}, "
        f"received by {trial.where(exchanged)}"
    )


def _write(out: Path, result: Result) -> None:
    import orjson

    from proxy.errors import ConfigurationError

    page = result.page()
    files = {"selftest.html": page, "selftest.html.sig.json": orjson.dumps(result.companion(page)),
             "selftest.json": orjson.dumps(result.document(), option=orjson.OPT_INDENT_2)}  # fmt: skip
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (out / name).write_bytes(content)
    except OSError as error:
        raise ConfigurationError(f"{out} cannot be written ({type(error).__name__})") from error
