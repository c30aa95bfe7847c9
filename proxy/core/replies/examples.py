"""Documentation examples: addresses and numbers that RFC 2606 and the numbering plans reserve.

Reserved is not enough: test data of real systems is full of ``anna.schmidt@example.com`` and (212) 555-0142, which are
guarded like any person's. An address is an example if it is reserved *and* names nobody. Card numbers, accounts and
official numbers are never examples.
"""

from __future__ import annotations

import re

from proxy.core.deidentification.surrogates import LOOKS_LIKE_PSEUDONYM

_RESERVED = re.compile(r"(?:.+\.)?(?:example(?:\.(?:com|net|org|edu))?|test|invalid|localhost)", re.IGNORECASE)
#: Local parts that name a role or nobody.
_NOBODY = frozenset(
    """
    abuse account accounts admin administrator alerts any anyone api app bar baz billing bot careers client contact
    customer demo dev developer devnull donotreply email employee example feedback firstname foo from guest hello help
    helpdesk hostmaster hr info it jobs legal mail me member name newsletter nobody noreply notifications office ops
    orders owner placeholder postmaster press privacy qux recipient root sales sample security sender service shop
    somebody someone staff student support team test tester testing to user username webmaster you your yourname
    firstnamelastname youremail janedoe johndoe jdoe maxmustermann erikamustermann
    """.split()
)
_PHONES = frozenset({"PHONE_NUMBER", "FAX_NUMBER"})
#: 555-01xx without an area code or with the unassigned area code 555; and 555-0100 with any.
_PHONE = re.compile(r"1?(?:555)?55501\d\d|1?\d{3}5550100")


def is_example(entity_type: str, value: str) -> bool:
    """Whether a value is a documentation example, or has the form of one of our pseudonyms."""
    if entity_type == "EMAIL_ADDRESS":
        local, _, host = value.lower().rpartition("@")
        if _RESERVED.fullmatch(host) is None:
            return False
        return "".join(filter(str.isalpha, local.partition("+")[0])) in _NOBODY or _is_ours(value)
    if entity_type in _PHONES:
        return _PHONE.fullmatch("".join(filter(str.isdigit, value))) is not None or _is_ours(value)
    return False


def _is_ours(value: str) -> bool:
    return LOOKS_LIKE_PSEUDONYM.fullmatch(value) is not None
