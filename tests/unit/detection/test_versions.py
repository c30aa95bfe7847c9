from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

from proxy.detection.models.classifier_files import ACCURATE
from proxy.detection.patterns.recognizers import PATTERNS
from proxy.detection.text.context import ContextWords
from proxy.detection.versions import detector_versions


def test_the_digest_changes_with_the_rules():
    now = detector_versions(PATTERNS, ACCURATE)
    assert now[0].id == "patterns"
    assert len(now[0].ruleset_sha256) == 64
    assert detector_versions(PATTERNS, ACCURATE) == now
    for change in ({"score": 0.1}, {"trigger": "@"}, {"words": ContextWords("mail")}):
        assert detector_versions((replace(PATTERNS[0], **change), *PATTERNS[1:]), ACCURATE) != now
    assert any(version.id.startswith("spacy:") and version.version != "absent" for version in now)


def test_digests_are_the_same_in_every_process():
    script = (
        "from proxy.detection.detector import versions_here; "
        "from proxy.detection.patterns.scanner import PatternScanner; "
        "print(versions_here(PatternScanner()))"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", script], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(said) == 1
