"""The statement that must accompany disclosed records of substance use disorder treatment (42 CFR 2.32).

It is part of the content, so a recipient that keeps the content keeps the statement; a request header would be lost.
"""

from __future__ import annotations

#: The second of the two statements that 42 CFR 2.32(a) allows, as amended on 16 February 2024 (89 FR 12472).
STATEMENT = "42 CFR part 2 prohibits unauthorized use or disclosure of these records."
#: The day of the text, for records: it changes with ``STATEMENT``.
VERSION = "2024-02-16"
#: Its citation, for records.
PLACE = "42 CFR 2.32(a)(2)"
