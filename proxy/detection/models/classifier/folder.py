"""A local Hugging Face token-classification folder in place of the shipped model.

The folder holds ``config.json`` (with ``id2label``), ``tokenizer.json`` and the weights as safetensors. Nothing is
fetched, and no code from the folder is run. Needs the ``transformers`` package.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from proxy.detection.models.classifier import Classifier
from proxy.detection.models.classifier.spans import Floats

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
        ImportError: ``transformers`` is not installed.

    """
    from tokenizers import Tokenizer  # noqa: PLC0415 - only where a model runs

    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    labels = {int(index): str(label) for index, label in config["id2label"].items()}
    tokenizer = Tokenizer.from_str((folder / "tokenizer.json").read_text(encoding="utf-8"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    names = tuple(dict.fromkeys(_bare(labels[index]) for index in sorted(labels) if labels[index] not in _IGNORED))
    return Classifier(
        encode=tokenizer,
        score=_scorer(folder, tokenizer, labels, names),
        version=version,
        names=names,
        types={name: ALIASES.get(name, ALIASES.get(name.upper(), name)) for name in names},
        window=_WINDOW,
        thresholds={},
    )


def _bare(label: str) -> str:
    """Take B-, I-, E-, S- or L- off a label."""
    return label[2:] if label[1:2] in {"-", "_"} and label[0] in "BIESLU" else label


def _scorer(folder: Path, tokenizer: Any, labels: dict[int, str], names: Sequence[str]) -> Any:
    import numpy as np  # noqa: PLC0415 - comes with torch
    import torch  # noqa: PLC0415 - only where a model runs
    from transformers import AutoModelForTokenClassification  # noqa: PLC0415 - optional

    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    loaded: Any = AutoModelForTokenClassification.from_pretrained(
        str(folder), local_files_only=True, trust_remote_code=False, use_safetensors=True
    )
    model = loaded.to(device).eval()
    marks: list[int] = tokenizer.encode("", add_special_tokens=True).ids
    before, after = marks[: (len(marks) + 1) // 2], marks[(len(marks) + 1) // 2 :]
    columns = _columns(labels, names)

    def score(ids: Sequence[list[int]], shapes: Sequence[list[int]]) -> list[Floats]:
        del shapes
        answers = []
        with torch.inference_mode():
            for row in ids:
                logits = model(input_ids=torch.tensor([[*before, *row, *after]], device=device)).logits[0]
                chances = logits.float().softmax(-1).cpu().numpy()[len(before) : len(before) + len(row)]
                mapped = np.zeros((len(row), 1 + 2 * len(names)), dtype=np.float32)
                np.add.at(mapped.T, columns, chances.T)
                answers.append(mapped)
        return answers

    return score


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
