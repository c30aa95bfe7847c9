"""False alarms over texts without anything personal: mails, code, logs, configuration, tables, questions, recipes.

``python -m bench.clean`` reads 154 texts in eight languages, prints every alarm and how many texts have one; every third
text is held out of development and counted apart (``--held`` prints theirs too). An alarm is a finding that the default
policies replace or keep in the region: what identifies directly, and every credential. Dates, places and content terms
are none; ``--all`` counts them.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from proxy.core.findings import Finding, SegmentFindings
from proxy.detection.reading import TextReader

TEXTS = Path(__file__).parent / "texts.jsonl"
_KINDS = frozenset({"direct", "govid", "fin", "pan", "sad", "secret"})
_HELD = 3


def alarms(reader: TextReader, segment: SegmentFindings, everything: bool = False) -> list[Finding]:
    """Return the findings of a clean text that are false alarms."""
    kinds = {name: str(entry["kind"]) for name, entry in reader.entities.items()}
    return [
        found
        for found in segment.findings
        if found.subject_role != "public" and (everything or kinds.get(found.entity_type) in _KINDS)
    ]


def texts() -> list[tuple[str, str, bool]]:
    """Return (id, text, whether it is held out) of every text."""
    rows = [json.loads(line) for line in TEXTS.read_text(encoding="utf-8").splitlines()]
    return [(row["id"], row["text"], place % _HELD == 2) for place, row in enumerate(rows)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--held", action="store_true", help="print the alarms of held-out texts too")
    parser.add_argument("--all", action="store_true", help="count every finding")
    given = parser.parse_args()
    reader, read = TextReader(), texts()
    counts = {False: [0, 0], True: [0, 0]}
    for (name, text, held), segment in zip(read, reader.read([text for _, text, _ in read]), strict=True):
        found = alarms(reader, segment, given.all)
        counts[held][0] += bool(found)
        counts[held][1] += 1
        if given.held or not held:
            for one in found:
                print(f"{name:<8} {one.entity_type:<18} {one.recognizer:<20} {text[one.start : one.end]!r}")
    for held, (wrong, total) in counts.items():
        print(f"{'held out' if held else 'open':<9} {wrong} of {total} texts with an alarm")


if __name__ == "__main__":
    main()
