"""From an export to its file: read, rendered and signed by the code that answers directly, as whoever asked may read.

Rows are bounded (100,000), so a file of them is made in memory; an archive of records is made on disk.
"""

from __future__ import annotations

import asyncio
import hashlib
import tarfile
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO

from proxy.audit.upkeep.readings import Requester
from proxy.errors import ProxyError
from proxy.reports import answer, catalogue, composing, parameters, statement
from proxy.reports.answer import Signed
from proxy.reports.desk import EvidenceDesk
from proxy.reports.exports.job import JSON, ExportKind, MadeExport, NewExport
from proxy.reports.render import serving
from proxy.reports.verifying import VerificationProgress

PIECE = 1 << 20
_MOST_BYTES = 256 << 20
_IN_MEMORY = 16 << 20


class TooLargeError(ProxyError):
    """The file has more than 256 MiB: export less at a time, or use 'audit export' where the log is."""

    status = 422
    code = "too_large"


class FormGoneError(ProxyError):
    """This release has no such question or report."""

    status = 404
    code = "not_found"


@asynccontextmanager
async def exported(
    asked: NewExport, desk: EvidenceDesk, progress: VerificationProgress | None = None
) -> AsyncIterator[tuple[MadeExport, IO[bytes]]]:
    """Make the file of an export; yield what is said of it, and the file, which goes afterwards.

    ``progress`` says how far a verification is.

    Raises:
        FormGoneError, TooLargeError: see there.
        ProxyError: as ``EvidenceDesk`` says of what is asked, and ``serving.rendered`` of its format.

    """
    if asked.kind is ExportKind.RECORDS:
        with tempfile.TemporaryDirectory(prefix="compliance-proxy-export-") as folder:
            signed, file = await _archive(asked, desk, Path(folder))
            with file:
                yield await asyncio.to_thread(_described, signed, asked.format, file), file
        return
    signed = await _answered(asked, desk, progress or VerificationProgress())
    content = (
        statement.canonical(signed.document())
        if asked.format == JSON
        else await serving.rendered(signed, asked.format, asked.language)
    )
    with SpooledTemporaryFile(_IN_MEMORY) as file:
        file.write(content)
        yield await asyncio.to_thread(_described, signed, asked.format, file), file


def pieces(file: IO[bytes]) -> Iterator[bytes]:
    """Yield a file from its beginning, a mebibyte at a time."""
    file.seek(0)
    while piece := file.read(PIECE):
        yield piece


async def _answered(asked: NewExport, desk: EvidenceDesk, progress: VerificationProgress) -> Signed:
    requester = Requester(asked.asked_by, asked.purpose)
    if asked.kind is ExportKind.QUESTION and (question := catalogue.named(asked.name)) is not None:
        return await desk.ask(question, asked.parameters, requester, asked.tenants)
    if asked.kind is ExportKind.REPORT and (form := composing.named(asked.name)) is not None:
        return await desk.compose(form, asked.parameters, requester, asked.tenants)
    if asked.kind is ExportKind.VERIFICATION:
        return await desk.verification(progress, requester, asked.tenants)
    raise FormGoneError


async def _archive(asked: NewExport, desk: EvidenceDesk, folder: Path) -> tuple[Signed, IO[bytes]]:
    since, until = parameters.period(asked.parameters)
    requester = Requester(asked.asked_by, asked.purpose)
    signed = await desk.records(folder / "export", since, until, requester, asked.tenants)
    packed = folder / "export.tar.gz"
    await asyncio.to_thread(_pack, folder / "export", packed)
    return signed, packed.open("rb")


def _pack(folder: Path, packed: Path) -> None:
    with tarfile.open(packed, "w:gz", compresslevel=6) as archive:
        archive.add(folder, arcname=folder.name)


def _described(signed: Signed, kind: str, file: IO[bytes]) -> MadeExport:
    digest, size = hashlib.sha256(), 0
    for piece in pieces(file):
        digest.update(piece)
        size += len(piece)
    if size > _MOST_BYTES:
        raise TooLargeError
    companion = statement.canonical(answer.beside(signed, kind, size, digest.hexdigest()))
    return MadeExport(signed.statement["rows"], size, statement.digest(signed.statement), companion)
