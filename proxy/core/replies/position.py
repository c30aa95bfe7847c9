"""Where a text of a reply stands: what codecs say of it, and what decides which originals return there. Pure."""

from __future__ import annotations

import enum
from typing import NamedTuple


class Role(enum.Enum):
    """What a text is for."""

    WORDS = "words"  # people, or a program that reads the text
    ADDRESS = "address"  # one address, which a client may open or fetch by itself
    ARGUMENTS = "arguments"  # what a called tool receives


#: Between the names of tools of which readers may take either for the one that is called.
OR = "\0"


class Position(NamedTuple):
    """The position of one text."""

    role: Role = Role.WORDS
    document: bool = False  # the text is JSON
    tool: str = ""  # the called tool as the target named it, or several (``OR``); "" without one
    path: str = ""  # clients may join texts of one path: ``content.0.text``, with 0 for every index


class Placed(NamedTuple):
    """Where a reply puts what the request does not provide for; counts."""

    undeclared_calls: int = 0  # tools that it calls and the request does not declare
    foreign_addresses: int = 0  # stand-ins in addresses of origins that are not permitted


IN_PLACE = Placed()
#: The position of most texts.
WORDS = Position()


class ReplyText(NamedTuple):
    """One text of a reply."""

    text: str
    position: Position = WORDS
