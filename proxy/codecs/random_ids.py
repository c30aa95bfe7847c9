"""Random identifiers that providers and programs give to calls and items; none can carry a value. Pure."""

from __future__ import annotations

#: One run of letters and digits whose numbers have fewer than six digits behind their zeros, 24 hexadecimal digits and
#: more without a number as long as a card's, or a UUID.
RUN = (
    r"(?:(?![A-Za-z0-9]*[1-9]\d{5})[A-Za-z0-9]{1,64}|(?![0-9a-f]*\d{13})[0-9a-f]{24,64}"
    r"|[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12})"
)
