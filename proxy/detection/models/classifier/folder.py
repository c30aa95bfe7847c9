"""A local Hugging Face token-classification folder in place of the shipped model.

The folder holds ``config.json`` (with ``id2label``), ``tokenizer.json`` and the weights: safetensors, for which
``transformers`` must be installed, or ``model.onnx``, for which ``onnxruntime`` must be. Nothing is fetched, and no
code from the folder is run.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from proxy.detection.models.classifier import Classifier, Score
from proxy.detection.models.classifier.runtimes import Runtime, runtime
from proxy.detection.models.classifier.spans import Floats
from proxy.detection.models.classifier.tokens import read
from proxy.detection.models.classifier_files import weights

#: Names that models use -> entity types of the contract. A name that is a contract type needs no entry.
ALIASES: Final[dict[str, str]] = {
    **dict.fromkeys(
        (
            *(
                "PER",
                "NAME",
                "GIVEN_NAME",
                "GIVENNAME",
                "FIRSTNAME",
                "FIRST_NAME",
                "MIDDLENAME",
                "LASTNAME",
                "LAST_NAME",
            ),
            *("SURNAME", "PATIENT", "DOCTOR", "HCW", "STAFF", "private_person", "NAME_PATIENT", "NAME_DOCTOR"),
        ),
        "PERSON",
    ),
    **dict.fromkeys(("LOC", "GPE", "CITY", "STATE", "COUNTY", "COUNTRY", "HOSPITAL", "FAC", "FACILITY"), "LOCATION"),
    **dict.fromkeys(
        ("STREET", "STREET_NAME", "BUILDINGNUM", "BUILDING_NUMBER", "SECONDARY_ADDRESS", "ADDRESS", "private_address"),
        "STREET_ADDRESS",
    ),
    **dict.fromkeys(("ZIP", "ZIPCODE", "POSTCODE"), "ZIP_CODE"),
    **dict.fromkeys(("ORG", "COMPANY", "COMPANYNAME", "VENDOR"), "ORGANIZATION"),
    **dict.fromkeys(("DATE_TIME", "TIME", "private_date"), "DATE"),
    **dict.fromkeys(("DOB", "DATEOFBIRTH"), "DATE_OF_BIRTH"),
    **dict.fromkeys(("PHONE", "TELEPHONENUM", "PHONENUMBER", "TELEPHONE", "private_phone"), "PHONE_NUMBER"),
    **dict.fromkeys(("EMAIL", "private_email"), "EMAIL_ADDRESS"),
    **dict.fromkeys(("IP", "IPV4", "IPV6"), "IP_ADDRESS"),
    **dict.fromkeys(("USER", "LOGIN"), "USERNAME"),
    **dict.fromkeys(
        ("SSN", "SOCIALNUM", "TAX_ID", "TAXNUM", "GOVERNMENT_ID", "IDCARDNUM", "ID", "IDNUM"), "NATIONAL_ID"
    ),
    **dict.fromkeys(("DRIVERLICENSENUM", "DRIVERS_LICENSE", "US_DRIVER_LICENSE"), "DRIVER_LICENSE"),
    **dict.fromkeys(("MRN", "MEDICALRECORD", "MEDICAL_RECORD"), "MEDICAL_RECORD_NUMBER"),
    **dict.fromkeys(("ACCOUNTNUM", "ACCOUNT_NUMBER", "IBAN", "IBAN_CODE", "BIC", "account_number"), "BANK_ACCOUNT"),
    **dict.fromkeys(("CREDITCARDNUMBER", "CREDITCARD", "CREDIT_CARD_NUMBER"), "CREDIT_CARD"),
    **dict.fromkeys(("PASSWORD", "SECRET", "PIN", "API_KEY", "secret"), "CREDENTIAL"),
    "private_url": "URL",
    "ROUTING_NUMBER": "ABA_ROUTING",
    "OCCUPATION": "PROFESSION",
    "JOB": "PROFESSION",
    "NRP": "NATIONALITY",
    "NORP": "NATIONALITY",
}
_IGNORED: Final = frozenset({"O", "MISC", "LABEL_0"})
_WINDOW: Final = 126


def load_folder(folder: Path, version: str) -> Classifier:
    """Load the folder.

    Raises:
        FileNotFoundError: the folder lacks ``config.json`` or ``tokenizer.json``.
        ImportError: what runs such weights is not installed.
        ValueError: the model has other inputs than tokens, or no logits.

    """
    from tokenizers import Tokenizer  # noqa: PLC0415 - only where a model runs

    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    labels = {int(index): str(label) for index, label in config["id2label"].items()}
    tokenizer = Tokenizer.from_str((folder / "tokenizer.json").read_text(encoding="utf-8"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    names = tuple(dict.fromkeys(_bare(labels[index]) for index in sorted(labels) if labels[index] not in _IGNORED))
    model = runtime(weights(folder)[0])
    return Classifier(
        encode=lambda text: read(tokenizer.encode(text, add_special_tokens=False), text),
        score=_scorer(model, tokenizer, labels, names),
        version=version,
        names=names,
        types={name: ALIASES.get(name, ALIASES.get(name.upper(), name)) for name in names},
        window=_WINDOW,
        thresholds={},
        settle=model.settle,
    )


def _bare(label: str) -> str:
    """Take B-, I-, E-, S- or L- off a label."""
    return label[2:] if label[1:2] in {"-", "_"} and label[0] in "BIESLU" else label


def _scorer(model: Runtime, tokenizer: Any, labels: dict[int, str], names: Sequence[str]) -> Score:
    marks: list[int] = tokenizer.encode("", add_special_tokens=True).ids
    before, after = marks[: (len(marks) + 1) // 2], marks[(len(marks) + 1) // 2 :]
    columns = _columns(labels, names)

    def score(ids: Sequence[list[int]], shapes: Sequence[list[int]]) -> list[Floats]:
        del shapes
        answers = []
        for row in ids:
            chances = _softmax(model.logits([*before, *row, *after]))[len(before) : len(before) + len(row)]
            mapped = np.zeros((len(row), 1 + 2 * len(names)), dtype=np.float32)
            np.add.at(mapped.T, columns, chances.T)
            answers.append(mapped)
        return answers

    return score


def _softmax(logits: Floats) -> Floats:
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    chances: Floats = powers / powers.sum(axis=-1, keepdims=True)
    return chances


def _columns(labels: dict[int, str], names: Sequence[str]) -> list[int]:
    """For every label of the folder the column of ours: O first, then B and I of every name."""
    places = {name: index for index, name in enumerate(names)}
    columns = []
    for index in sorted(labels):
        label = labels[index]
        if label in _IGNORED:
            columns.append(0)
        else:
            opens = label[0] in "BSU" and label != _bare(label)
            columns.append(2 * places[_bare(label)] + (1 if opens else 2))
    return columns
