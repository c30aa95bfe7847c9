"""``compliance-proxy-verify``: whether exports, proofs, receipts and answers are what an installation signed."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from proxy.audit.sealing import notes, trusted
from proxy.audit.sealing.keys import ORIGIN
from proxy.audit.upkeep.anchors.file import FileAnchor
from proxy.audit.verification import offline, summary
from proxy.audit.verification.export import ExportError
from proxy.errors import ConfigurationError
from proxy.reports import checking
from proxy.reports.checking import CheckFailedError

_FAILED, _USAGE = 1, 2


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command; end with its status: 0 verified, 1 not what was signed, 2 unusable, for exports also 3 and 4."""
    options = _parser().parse_args(arguments)
    try:
        sys.exit(options.run(options))
    except CheckFailedError as error:
        print(error, file=sys.stderr)
        sys.exit(_FAILED)
    except OSError as error:
        print(f"error: {error.filename or 'input'}: {error.strerror}", file=sys.stderr)
        sys.exit(_USAGE)
    except (ConfigurationError, ExportError) as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(_USAGE)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="compliance-proxy-verify",
        description="Verify offline what an installation of compliance-proxy wrote; nothing is sent anywhere.",
        epilog="The key is what 'compliance-proxy audit key export' printed: obtain it from the operator or a notary, "
        "not together with the files.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    check = commands.add_parser(
        "check", help="proofs, receipts, answers and reports", description="Verify files. Exit with 1 if one fails."
    )
    check.add_argument("files", nargs="+", type=Path, metavar="FILE", help="beside a PDF, page or table its .sig.json")
    check.add_argument("--witness", action="append", default=[], metavar="KEY", help="must have cosigned the note")
    check.add_argument("--tsa", type=Path, metavar="PEM", help="root certificates of the time-stamping authority")
    check.set_defaults(run=_check)
    export = commands.add_parser(
        "export",
        help="an export or archive of the log",
        description="Verify a folder that 'audit export' or 'audit archive' wrote. Exit with 0: sound and witnessed; "
        "3: sound, but no anchor confirms it; 4: nothing signed was changed, but what protects the log is weakened; "
        "1: damaged.",
    )
    export.add_argument("folder", type=Path, metavar="DIR")
    export.add_argument("--anchor", type=Path, metavar="FILE", help="an anchor's file, kept outside the installation")
    export.add_argument(
        "--trusted", type=Path, metavar="STATE",
        help="the log must continue the note in this file, which the newest one then replaces",
    )  # fmt: skip
    export.add_argument("--json", action="store_true", help="print JSON")
    export.set_defaults(run=_export)
    for command in (check, export):
        command.add_argument("--key", required=True, metavar="FILE|KEY", help="the installation's public key")
    return parser


def _check(options: argparse.Namespace) -> int:
    key = trusted.verifier_key(options.key, ORIGIN)
    failed = False
    for file in options.files:
        try:
            checked = checking.check(file, key, options.witness, options.tsa)
        except CheckFailedError as error:
            print(error, file=sys.stderr)
            failed = True
            continue
        for line in checked.lines:
            print(line.text)
    return _FAILED if failed else 0


def _export(options: argparse.Namespace) -> int:
    key, before = trusted.verifier_key(options.key, ORIGIN), trusted.note_before(options.trusted)
    lines = [notes.anchor_line(before)] if before else []
    if options.anchor is not None:
        lines += asyncio.run(FileAnchor(options.anchor).every(key.origin))
    report = offline.verify_export(options.folder, key, lines)
    for line in (summary.Line(summary.as_json(report)),) if options.json else summary.lines(report):
        print(line.text)
    if options.trusted is not None and report.sound and report.note:
        trusted.replace_note(options.trusted, report.note)
    return summary.STATUSES[report.state]
