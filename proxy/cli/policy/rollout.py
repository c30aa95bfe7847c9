"""The ``policy`` commands around a roll-out: compare, replay recorded traffic, suppose, build and verify bundles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from proxy.cli.policy import options
from proxy.cli.policy.options import AsJson, Data, Overlay, Policies

if TYPE_CHECKING:
    from proxy.policy.authoring.compare import Comparison, Recorded
    from proxy.policy.authoring.parallel import Policy

Inputs = Annotated[
    Path | None,
    typer.Option("--inputs", metavar="FILE", help="Recorded inputs as JSON lines, or a file of cases."),
]
Since = Annotated[
    str | None,
    typer.Option("--since", metavar="WHEN", help="Inputs of the audit log since: 24h, 7d, or an ISO date."),
]
FailOnChange = Annotated[bool, typer.Option("--fail-on-change", help="Exit with 1 when anything changes.")]


def _recorded(inputs: Path | None, since: str | None) -> list[Recorded]:
    from datetime import UTC, datetime

    from proxy.policy.authoring import replay as recordings

    if (inputs is None) == (since is None):
        raise ValueError("give either --inputs FILE or --since WHEN")
    if inputs is not None:
        return list(recordings.from_lines(inputs.read_bytes()))
    begin = recordings.since(str(since), datetime.now(UTC))
    asked = {"since": begin.isoformat()}
    return options.from_log("policy replay", asked, lambda dsn: recordings.from_audit(dsn, begin))


def _outcomes(policy: Policy, inputs: list[Recorded]) -> Iterator[Mapping[str, Any]]:
    from proxy.policy.authoring import parallel

    return parallel.outcomes(policy, [recorded.document for recorded in inputs])


def _compare(inputs: list[Recorded], before: Iterable[Mapping[str, Any]], candidate: Policy) -> Comparison:
    return _compared(inputs, before, _outcomes(candidate, inputs))


def _compared(
    inputs: list[Recorded], before: Iterable[Mapping[str, Any]], after: Iterable[Mapping[str, Any]]
) -> Comparison:
    from proxy.cli.policy import tables
    from proxy.policy.authoring.compare import compare

    with tables.progress("deciding") as advance:
        return compare(inputs, before, after, lambda: advance(len(inputs)))


def _at_recorded_data(
    recorded: list[Recorded], candidate: Path, overlay: Path | None
) -> tuple[list[Recorded], list[Mapping[str, Any]], Iterator[Mapping[str, Any]]]:
    """Return the inputs grouped by the revision that decided them, its decisions, and the candidate's over its data.

    Raises:
        ValueError: an input has no recorded decision.
        BundleRefusedError: the bundle of a revision is kept neither here nor in the database.

    """
    from proxy.cli.policy import kept as policy_kept
    from proxy.policy.authoring.parallel import Policy
    from proxy.policy.bundles import bundle

    revisions: dict[str, list[Recorded]] = {}
    for one in recorded:
        revisions.setdefault(policy_kept.revision_of(one), []).append(one)
    if "" in revisions:
        raise ValueError("an input was recorded without a decision, so its data revision is unknown")
    of_then = {revision: bundle.read(policy_kept.kept_bundle(revision)).data for revision in revisions}
    if candidate.is_dir() and not (candidate / "main.rego").is_file():
        candidate, overlay = options.folders(None, candidate)
    _, beside = options.folders(candidate, overlay)
    chosen = {
        revision: Policy(candidate, None if candidate.is_file() else beside, data) for revision, data in of_then.items()
    }
    ordered = [one for group in revisions.values() for one in group]
    after = (answer for revision, group in revisions.items() for answer in _outcomes(chosen[revision], group))
    return ordered, [one.decision or {} for one in ordered], after


def _report(comparison: Comparison, as_json: bool, fail_on_change: bool) -> None:
    from proxy.cli.policy import documents, tables

    if as_json:
        options.print_json(documents.comparison(comparison))
    else:
        tables.comparison(comparison)
    if comparison.failures or (fail_on_change and comparison.changes):
        raise typer.Exit(1)


def diff(
    before: Annotated[Path, typer.Argument(metavar="A", help="A folder of policies or a bundle file.")],
    after: Annotated[Path, typer.Argument(metavar="B", help="Another one.")],
    inputs: Inputs = None,
    since: Since = None,
    overlay: Annotated[Path | None, typer.Option("--overlay", metavar="DIR", help="An overlay beside A and B.")] = None,
    data: Data = None,
    as_json: AsJson = False,
    fail_on_change: FailOnChange = False,
) -> None:
    """Decide a set of inputs with two policies and show what differs."""
    with options.refusals():
        recorded = _recorded(inputs, since)
        first = _outcomes(options.policy_source(before, overlay, data), recorded)
        comparison = _compare(recorded, first, options.policy_source(after, overlay, data))
    _report(comparison, as_json, fail_on_change)


def replay(
    candidate: Annotated[
        Path, typer.Option("--candidate", metavar="DIR", help="What to try: a library, an overlay or a bundle file.")
    ],
    inputs: Inputs = None,
    since: Since = None,
    overlay: Overlay = None,
    data: Data = None,
    at_recorded_data: Annotated[
        bool,
        typer.Option("--at-recorded-data", help="Decide each with the data document that was in force for it."),
    ] = False,
    as_json: AsJson = False,
    fail_on_change: FailOnChange = False,
) -> None:
    """Decide recorded, value-free inputs again with a candidate and show what would change.

    Each is compared with the decision recorded beside it; where none was recorded, with the configured policies.
    """
    with options.refusals():
        if at_recorded_data and data is not None:
            raise ValueError("give either --data or --at-recorded-data")
        recorded = _recorded(inputs, since)
        if at_recorded_data:
            _report(_compared(*_at_recorded_data(recorded, candidate, overlay)), as_json, fail_on_change)
            return
        live = _outcomes(options.policy_source(None, overlay, data), [one for one in recorded if one.decision is None])
        before = (next(live) if one.decision is None else one.decision for one in recorded)
        comparison = _compare(recorded, before, options.candidate_source(candidate, overlay, data))
    _report(comparison, as_json, fail_on_change)


def what_if(
    inputs: Inputs = None,
    since: Since = None,
    cut_off: Annotated[str, typer.Option("--cut-off", metavar="PROVIDER", help="This provider is gone.")] = "",
    dpf_falls: Annotated[
        str, typer.Option("--dpf-falls", metavar="DATE", help="The EU-US Data Privacy Framework falls on this day.")
    ] = "",
    baa_lapses: Annotated[
        str, typer.Option("--baa-lapses", metavar="PROVIDER", help="This provider's BAA lapses.")
    ] = "",
    policies: Policies = None,
    overlay: Overlay = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Show the recorded traffic that would stop or move, and the permitted alternatives."""
    from proxy.cli.policy import tables
    from proxy.policy.authoring import whatif

    if not (cut_off or dpf_falls or baa_lapses):
        raise options.fail("say what happens: --cut-off, --dpf-falls or --baa-lapses", 2)
    with options.refusals(), options.open_evaluator(policies, overlay, data) as evaluator:
        recorded = _recorded(inputs, since)
        found = whatif.flows(recorded, evaluator, whatif.LegalEvent(cut_off, dpf_falls, baa_lapses))
    if as_json:
        from proxy.cli.policy import documents

        options.print_json(documents.flows(found, len(recorded)))
    else:
        tables.flows(found, len(recorded))


def build(
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The bundle to write.")] = Path("bundle.tar.gz"),
    sign: Annotated[
        Path | None, typer.Option("--sign", metavar="KEY.pem", help="Sign with this Ed25519 or RSA private key.")
    ] = None,
    key_id: Annotated[str, typer.Option("--key-id", help="The name verifiers know the key by.")] = "policy",
    untested: Annotated[bool, typer.Option("--untested", help="Skip the checks and tests.")] = False,
    policies: Policies = None,
    overlay: Overlay = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Check, test and pack the policies with their data into one bundle, as an OPA server loads it."""
    from proxy.policy.activation import gate
    from proxy.policy.bundles import bundle, tree

    with options.refusals():
        folder, beside = options.folders(policies, overlay)
        proved = tree.read(folder, beside) if untested else gate.prove(folder, beside)
        signing = bundle.BundleSigningKey(sign.read_bytes(), key_id) if sign else None
        info, packed = bundle.build(proved, options.policy_data(data, folder), signing=signing)
        bundle.put(out, packed)
    if as_json:
        options.print_json({"bundle": str(out), "revision": info.revision, "digest": info.digest})
        return
    typer.echo(f"{out}\nrevision {info.revision}\nsha256   {info.digest}")


def verify(
    path: Annotated[Path, typer.Argument(metavar="BUNDLE", help="A bundle file.")],
    key: Annotated[
        Path | None, typer.Option("--key", metavar="KEY.pem", help="The public key it must be signed with.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Read a bundle as the engine would: signature, manifest, data without nulls, builtins, compilation."""
    from proxy.policy.bundles import bundle
    from proxy.policy.engine import loading

    with options.refusals():
        read = bundle.read(path, key.read_bytes() if key else None)
        loading.load(read).close()
    if as_json:
        options.print_json(
            {
                "bundle": read.name,
                "revision": read.revision,
                "digest": read.digest,
                "modules": len(read.modules),
                "signature_checked": key is not None,
            }
        )
        return
    signed = "signed with the key" if key else "signature not checked (no --key)"
    typer.echo(f"{read.name} revision {read.revision}: {len(read.modules)} modules, {signed}")
