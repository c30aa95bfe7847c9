"""SC-11 to SC-14: erasure by key, purge, legal hold and limits of storage, as far as this release has them."""

from __future__ import annotations

from bench.hostile.rows import Found
from bench.hostile.stand import Stand
from bench.system_checks.checks import NotPossibleHereError, check


@check("SC-11", "nothing yet")
async def erasure(_stand: Stand) -> Found:
    """A subject's or a tenant's key is destroyed."""
    raise NotPossibleHereError("keys of subjects that can be destroyed are not in this release")


@check("SC-12", "nothing yet")
async def purge(_stand: Stand) -> Found:
    """Records past their retention are purged with a certificate."""
    raise NotPossibleHereError("the purge of records is not in this release: they are kept for ever")


@check("SC-13", "nothing yet")
async def hold(_stand: Stand) -> Found:
    """A legal hold beats the purge."""
    raise NotPossibleHereError("legal holds are not in this release, nor a purge that they would stop")


@check("SC-14", "nothing yet")
async def conflict(_stand: Stand) -> Found:
    """Six years of documentation, ninety days of what links it to a person."""
    raise NotPossibleHereError("limits of storage per field are not in this release")
