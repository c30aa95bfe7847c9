from __future__ import annotations

import itertools
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from proxy.detection.models.classifier import ACCURATE, RECOGNIZER, Classifier, load

pytestmark = [
    pytest.mark.heavy,
    pytest.mark.skipif(not (ACCURATE / "model.safetensors").is_file(), reason="no weights in this checkout"),
]


@pytest.fixture(scope="module")
def loaded() -> Classifier:
    pytest.importorskip("torch")
    found = load()
    assert found is not None
    return found


def values(loaded: Classifier, text: str, entity: str) -> set[str]:
    return {text[f.start : f.end] for f in loaded.find([text])[0] if f.entity_type == entity}


@pytest.mark.parametrize(
    ("text", "entity", "value"),
    [
        ("Please call Margaret Okonkwo about the invoice.", "PERSON", "Margaret Okonkwo"),
        ("Bitte schreiben Sie an Jürgen Weißhaupt, Lindenstraße 14, 50674 Köln.", "PERSON", "Jürgen Weißhaupt"),
        ("Bitte schreiben Sie an Jürgen Weißhaupt, Lindenstraße 14, 50674 Köln.", "STREET_ADDRESS", "Lindenstraße 14"),
        ("Je m'appelle Camille Lefèvre et j'habite à Grenoble.", "PERSON", "Camille Lefèvre"),
        ("Me llamo Lucía Fernández y vivo en Sevilla.", "PERSON", "Lucía Fernández"),
        ("Mi chiamo Giulia Bianchi e vivo a Torino.", "PERSON", "Giulia Bianchi"),
        ("O meu nome é Tiago Carvalho e moro em Braga.", "PERSON", "Tiago Carvalho"),
        ("Mijn naam is Sanne de Vries en ik woon in Utrecht.", "LOCATION", "Utrecht"),
        ("Nazywam się Katarzyna Wiśniewska i mieszkam w mieście Lublin.", "PERSON", "Katarzyna Wiśniewska"),
        ("Pt seen at Lakeside Medical Center on March 3rd, 2024, MRN: LK-204817.", "DATE", "March 3rd, 2024"),
        ("Pt seen at Lakeside Medical Center, MRN: LK-204817.", "LOCATION", "Lakeside Medical Center"),
        ("Pt seen at Lakeside, MRN: LK-204817.", "MEDICAL_RECORD_NUMBER", "LK-204817"),
        ("He is a 93-year-old retired teacher.", "AGE", "93"),
    ],
)
def test_finds(loaded: Classifier, text: str, entity: str, value: str) -> None:
    assert any(value in found for found in values(loaded, text, entity))


@pytest.mark.parametrize(
    "text",
    [
        "Explain Dijkstra's algorithm to a beginner.",
        "Upgrade to version 3.12.4 and restart the server.",
        "What are the side effects of metformin in type 2 diabetes?",
        "for i in range(10): print(i)",
        '{"temperature": 0.7, "max_tokens": 512, "stream": true}',
    ],
)
def test_leaves_alone(loaded: Classifier, text: str) -> None:
    assert loaded.find([text]) == [[]]


def test_findings_lie_in_their_text_in_order(loaded: Classifier) -> None:
    texts = ["", " \n", "Anna Schmidt, Peter Klein", "Ω" * 3000, "Call Anna Schmidt. " * 200]
    answers = loaded.find(texts)
    assert len(answers) == len(texts)
    assert answers[:2] == [[], []]
    for text, findings in zip(texts, answers, strict=True):
        assert all(0 <= f.start < f.end <= len(text) for f in findings)
        assert all(a.end <= b.start for a, b in itertools.pairwise(findings))
        assert {f.recognizer for f in findings} <= {RECOGNIZER}
    assert len(answers[4]) == 200


def test_a_text_is_answered_alike_alone_and_among_others(loaded: Classifier) -> None:
    text = "Maria Rossi wohnt in Wien, Tel. 01 234 56 78."
    alone = {(f.entity_type, f.start, f.end) for f in loaded.find([text])[0]}
    among = {(f.entity_type, f.start, f.end) for f in loaded.find(["x", text, "Hello Bob"])[1]}
    assert alone == among


def test_a_lower_threshold_never_finds_less(loaded: Classifier) -> None:
    text = "ask sam or kim at the desk in reading, room 4"
    covered = []
    for threshold in (0.8, 0.4, 0.1):
        findings = replace(loaded, threshold=threshold, thresholds={}).find([text])[0]
        covered.append({place for f in findings for place in range(f.start, f.end)})
    assert covered[0] <= covered[1] <= covered[2]


def test_the_version_follows_the_weights(loaded: Classifier) -> None:
    assert len(loaded.version) == 12


def test_no_weights_no_classifier(tmp_path: Path) -> None:
    assert load(tmp_path) is None


def test_importing_the_package_does_not_import_torch() -> None:
    code = "import sys, proxy.detection.models.classifier; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_weights_are_small_enough_to_ship() -> None:
    assert (ACCURATE / "model.safetensors").stat().st_size < 25_000_000
