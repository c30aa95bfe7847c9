"""Builds and reads policy bundles: the same file for the packaged engine and for an OPA server.

A bundle is a gzipped tar with ``.manifest`` (revision, roots, metadata), ``data.json`` and the Rego modules. Its bytes
depend on its content alone. The digest is the SHA-256 over name, modules and data, the revision its first 20 hex
digits, so equal revisions mean equal decisions; ``data.bundle`` holds all three for decisions to name.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import re
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from proxy.core.decision import lawbook
from proxy.policy.bundles import signature, tree
from proxy.policy.faults import BundleRefusedError
from proxy.runtime import private

NAME = "compliance"
#: The document that holds the decision.
PATH = f"{NAME}/decision"
#: The key id of the signing key.
KEY_ID = "policy"
MANIFEST = ".manifest"
DATA = "data.json"
#: Largest accepted bundle, bytes after decompression.
MAX_BYTES = 64 << 20
_REVISION_DIGITS = 20
_OVERLAY_PACKAGE = "org"
_OVERLAY_VERB = re.compile(r"^(?:default )?(?:deny|oblige|prefer|waivable)\b", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class BundleInfo:
    """A written bundle: its revision (20 hex digits) and the SHA-256 of the file (64 hex digits)."""

    revision: str
    digest: str
    name: str = NAME


@dataclass(frozen=True, slots=True)
class BundleSigningKey:
    """A private key in PEM (Ed25519 or RSA) and its key id."""

    pem: bytes = field(repr=False)
    key_id: str = KEY_ID


@dataclass(frozen=True, slots=True)
class Bundle:
    """A parsed bundle: name, revision, modules by name, the data document, the file's digest."""

    name: str
    revision: str
    modules: Mapping[str, str]
    data: Mapping[str, Any]
    digest: str

    @property
    def content(self) -> str:
        """The SHA-256 over name, modules and data (64 hex digits), "" if the bundle does not state it."""
        return str((self.data.get("bundle") or {}).get("digest", ""))


def nulls(value: Any, path: str = "") -> Iterator[str]:
    """Yield the JSON pointer of every null: in Rego null is true, so an absent fact must be an absent key."""
    if value is None:
        yield path or "/"
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from nulls(item, f"{path}/{key}")
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from nulls(item, f"{path}/{index}")


def _package(source: str) -> str:
    line = next((line for line in source.splitlines() if line.startswith("package ")), "package ?")
    return line.split()[1]


def _deciding(modules: Mapping[str, str]) -> list[str]:
    """Return the names of the overlay's packages ``org.<name>`` that take part in decisions.

    The library denies if one of them is undefined, so that a failing rule does not count as absent.
    """
    packages = [_package(source) for source in modules.values() if _OVERLAY_VERB.search(source)]
    return sorted({p.split(".")[1] for p in packages if p.startswith(f"{_OVERLAY_PACKAGE}.") and p.count(".") == 1})


def _check_overlay(modules: Mapping[str, str], name: str) -> None:
    root = _package(modules[name]).split(".")[0]
    if name.startswith(f"{tree.OVERLAY}/") and root != _OVERLAY_PACKAGE:
        raise BundleRefusedError("overlay", f"{name} must be in package org, not {root}")


def contents(policies: tree.Tree, data_document: Mapping[str, Any], name: str = NAME) -> tuple[str, dict[str, bytes]]:
    """Return (revision, files by name) of an unsigned bundle, without test modules.

    Raises:
        BundleRefusedError: a null in the data, or an overlay module outside package ``org``.

    """
    if null := next(nulls(data_document), None):
        raise BundleRefusedError("null_in_data", f"null at {null}; leave the key out instead")
    data_document = lawbook.completed(data_document, policies.law)
    for module in policies.modules:
        _check_overlay(policies.modules, module)
    files = {module: source.encode() for module, source in policies.modules.items()}
    bare = orjson.dumps({k: v for k, v in data_document.items() if k != "bundle"}, option=orjson.OPT_SORT_KEYS)
    state = hashlib.sha256(f"{name}\0".encode() + bare)
    for module, source in sorted(files.items()):
        state.update(f"\0{module}\0{len(source)}\0".encode() + source)
    digest = state.hexdigest()
    revision = digest[:_REVISION_DIGITS]
    about = {"name": name, "revision": revision, "digest": digest, "org": _deciding(policies.modules)}
    data = {**data_document, "bundle": about}
    roots = sorted({_package(source).split(".")[0] for source in policies.modules.values()} | set(data))
    manifest = {
        "revision": revision,
        "roots": roots,
        "rego_version": 1,
        "metadata": {"name": name, "data_revision": str(data_document.get("revision", ""))},
    }
    files[MANIFEST] = orjson.dumps(manifest, option=orjson.OPT_SORT_KEYS)
    files[DATA] = orjson.dumps(data, option=orjson.OPT_SORT_KEYS)
    return revision, files


def pack(files: Mapping[str, bytes]) -> bytes:
    """Return the gzipped tar; equal files give equal bytes."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in sorted(files.items()):
            entry = tarfile.TarInfo(f"/{name}")
            entry.size = len(content)
            entry.mode = 0o644
            archive.addfile(entry, io.BytesIO(content))
    return gzip.compress(plain.getvalue(), mtime=0)


def build(
    policies: tree.Tree,
    data_document: Mapping[str, Any],
    *,
    name: str = NAME,
    signing: BundleSigningKey | None = None,
) -> tuple[BundleInfo, bytes]:
    """Return a bundle's description and its bytes.

    Raises:
        BundleRefusedError: see ``contents``; or the signing key is not of an accepted kind.

    """
    revision, files = contents(policies, data_document, name)
    if signing is not None:
        files[signature.FILE] = signature.sign(files, signature.private_key(signing.pem), signing.key_id)
    packed = pack(files)
    return BundleInfo(revision, hashlib.sha256(packed).hexdigest(), name), packed


def put(path: Path, packed: bytes) -> None:
    """Write a bundle's bytes to ``path`` atomically, so that a reader sees the old or the new one."""
    private.write(path, packed)


def write(
    path: Path,
    policies_dir: Path,
    overlay_dir: Path | None,
    data_document: Mapping[str, Any],
    *,
    signing: BundleSigningKey | None = None,
) -> BundleInfo:
    """Build a bundle and write it to ``path``, without checks and tests (see ``proxy.policy.activation``).

    Raises:
        BundleRefusedError: see ``build``; the file at ``path`` is then unchanged.

    """
    info, packed = build(tree.read(policies_dir, overlay_dir), data_document, signing=signing)
    put(path, packed)
    return info


def _unpack(packed: bytes) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    left = MAX_BYTES
    with tarfile.open(fileobj=io.BytesIO(packed), mode="r:gz") as archive:
        for entry in archive:
            if not entry.isfile():
                continue
            left -= entry.size
            if left < 0:
                raise BundleRefusedError("unreadable", f"larger than {MAX_BYTES} bytes")
            content = archive.extractfile(entry)
            files[entry.name.removeprefix("./").lstrip("/")] = content.read() if content else b""
    return files


def _folder(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def read(path: Path, public_key: bytes | None = None) -> Bundle:
    """Read a bundle file, or a folder of the same layout; with a key (PEM), verify its signature.

    Raises:
        BundleRefusedError: not a bundle, too large, no revision, not signed with the key, or null in the data.

    """
    try:
        packed = path.read_bytes() if path.is_file() else b""
        files = _unpack(packed) if packed else _folder(path)
    except (OSError, tarfile.TarError, EOFError, ValueError) as error:
        raise BundleRefusedError("unreadable", f"{path.name} is not a bundle with a manifest and data") from error
    return parse(path.name, files, packed, public_key)


def loads(packed: bytes, public_key: bytes | None = None) -> Bundle:
    """Read a bundle from its bytes; errors as ``read``."""
    try:
        files = _unpack(packed)
    except (OSError, tarfile.TarError, EOFError, ValueError) as error:
        raise BundleRefusedError("unreadable", "not a bundle with a manifest and data") from error
    return parse("the bundle", files, packed, public_key)


def parse(source: str, files: Mapping[str, bytes], packed: bytes, public_key: bytes | None) -> Bundle:
    """Read a bundle's unpacked files; ``place`` names it in errors, which are those of ``read``."""
    try:
        manifest, data = orjson.loads(files[MANIFEST]), orjson.loads(files[DATA])
        revision, roots = str(manifest["revision"]), manifest["roots"]
        modules = {n: c.decode() for n, c in files.items() if n.endswith(".rego") and not n.endswith("_test.rego")}
    except (ValueError, KeyError, TypeError) as error:
        raise BundleRefusedError("unreadable", f"{source} is not a bundle with a manifest and data") from error
    if public_key is not None:
        signed = {name: content for name, content in files.items() if name != signature.FILE}
        signature.verify(signed, files.get(signature.FILE), signature.public_key(public_key))
    _check_read(revision, roots, modules, data)
    name = str((data.get("bundle") or {}).get("name", NAME))
    return Bundle(name, revision, modules, data, hashlib.sha256(packed).hexdigest())


def _check_read(revision: str, roots: list[str], modules: Mapping[str, str], data: Any) -> None:
    if not isinstance(data, dict) or not revision or not modules:
        raise BundleRefusedError("unreadable", "a bundle needs a revision, modules and a data object")
    if null := next(nulls(data), None):
        raise BundleRefusedError("null_in_data", f"null at {null}; leave the key out instead")
    used = set(data) | {_package(source).split(".")[0] for source in modules.values()}
    if outside := sorted(root for root in used if "" not in roots and root not in {r.split("/")[0] for r in roots}):
        raise BundleRefusedError("roots", f"outside the manifest's roots: {', '.join(outside)}")
    if (data.get("bundle") or {}).get("revision") != revision:
        raise BundleRefusedError("unreadable", "data.bundle.revision differs from the manifest's revision")
