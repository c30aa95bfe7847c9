"""The options of ``compliance-proxy detect``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

_CORRECT, _CHECK, _MANY = "Correct a finding", "Check corrections", "Read very many"

Files = Annotated[list[str] | None, typer.Argument(metavar="FILE…", help="Files to read; - is standard input.")]
Jsonl = Annotated[bool, typer.Option("--jsonl", help='Read lines of {"id","text"}, write lines of findings.')]
Body = Annotated[
    str, typer.Option("--body", metavar="PATH", help="Read files as bodies of requests at this path (/v1/messages).")
]
Transform = Annotated[
    str, typer.Option(metavar="PROFILE", help="Write the text de-identified by this profile or operator.")
]
Explain = Annotated[bool, typer.Option("--explain", help="Show which rule made each finding and how sure it is.")]
Batch = Annotated[int, typer.Option(min=1, max=256, help="Batch size of the models.")]
Tenant = Annotated[str, typer.Option(help="Apply the lists of this tenant, or correct them.")]
Lists = Annotated[
    Path | None, typer.Option(metavar="FILE", help="The lists (default: lists.yaml beside the registry).")
]
Alarm = Annotated[str, typer.Option(metavar="N", help="Finding N (or START:END) is false.", rich_help_panel=_CORRECT)]
Missed = Annotated[str, typer.Option(metavar="START:END", help="A finding is missing here.", rich_help_panel=_CORRECT)]
EntityType = Annotated[str, typer.Option("--type", help="The type of what was missed.", rich_help_panel=_CORRECT)]
Near = Annotated[str, typer.Option(metavar="WORD", help="Only near this word.", rich_help_panel=_CORRECT)]
Note = Annotated[str, typer.Option(help="Why; stored with the entry.", rich_help_panel=_CORRECT)]
Forced = Annotated[bool, typer.Option("--forced", help="Also hide a checked number.", rich_help_panel=_CORRECT)]
Clear = Annotated[
    bool, typer.Option("--clear", help="Store the value in clear, not as a digest.", rich_help_panel=_CORRECT)
]
Cases = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Add a regression case here.", rich_help_panel=_CORRECT)
]
KeepText = Annotated[
    bool,
    typer.Option("--keep-text", help="Keep the case's text as it is, not pseudonymised.", rich_help_panel=_CORRECT),
]
Unrecorded = Annotated[
    bool,
    typer.Option("--unrecorded", help="Write no audit record: the lists are under review.", rich_help_panel=_CORRECT),
]
Regress = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Run these cases; exit 1 if one fails.", rich_help_panel=_CHECK),
]
Out = Annotated[
    str,
    typer.Option(
        metavar="FOLDER",
        help="Answer files and folders of .jsonl, .parquet (columns id, text) and text into this folder, in parts; a "
        "run that was stopped goes on. Both may be in an object store (s3://, gs://).",
        rich_help_panel=_MANY,
    ),
]
