"""The statement that accompanies records of substance use disorder treatment to whoever receives them (42 CFR 2.32).

It travels inside the content, so that whoever keeps the content keeps the statement too; a header of the request would
be gone with the connection.
"""

from __future__ import annotations

#: The second of the two statements that 42 CFR 2.32(a) allows, as amended on 16 February 2024 (89 FR 12472).
STATEMENT = "42 CFR part 2 prohibits unauthorized use or disclosure of these records."
#: Its place in the law, for records.
PLACE = "42 CFR 2.32(a)(2)"
