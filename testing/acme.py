"""``testing.acme_privacy`` as an installed distribution: metadata in a folder, to be put on the path."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def installed(folder: Path, groups: Mapping[str, Mapping[str, str]]) -> str:
    """Write the distribution's metadata, entry points by group and name, and return the folder.

    A point is the name of a class in ``testing.acme_privacy`` (of the module that is called like the group).
    """
    metadata = folder / "acme_privacy-1.2.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-privacy\nVersion: 1.2\n")
    lines = []
    for group, points in groups.items():
        lines.append(f"[compliance_proxy.{group}]")
        lines += [f"{name} = testing.acme_privacy.{group}:{value}" for name, value in points.items()]
    (metadata / "entry_points.txt").write_text("\n".join(lines) + "\n")
    return str(folder)
