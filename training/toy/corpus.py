"""The sentences the toy model learns: templates of ours, so the weights carry no third party's text."""

from __future__ import annotations

from collections.abc import Callable

BEGIN, END = "<|im_start|>", "<|im_end|>"
CHAT_TEMPLATE = (
    "{% for m in messages %}" + BEGIN + "{{ m['role'] }}\n{{ m['content'] }}" + END + "\n{% endfor %}"
    "{% if add_generation_prompt %}" + BEGIN + "assistant\n{% endif %}"
)
#: Every answer begins so, and a reader sees at once which model spoke.
OPENING = "In-region toy model: "

_ASKED = ("Hello, please check", "Tell me about", "What is", "Summarise", "Write about", "Help me with")
_ANSWERS = (
    "the request was handled inside the region.",
    "I can help with {thing}.",
    "{thing} is fine and {other} is done.",
    "please check {thing} before you send {other}.",
    "{thing} was sent on {day} and will arrive in {number} days.",
    "no text of this request left the region.",
)
_THINGS = ("the invoice", "the contract", "the report", "the account", "the delivery", "the ticket", "the record")
_DAYS = ("Monday", "Tuesday", "Friday")
_NUMBERS = "23456"

#: Draws an index below its argument.
Draw = Callable[[int], int]


def _pick(options: tuple[str, ...] | str, draw: Draw) -> str:
    return options[draw(len(options))]


def answer(draw: Draw) -> str:
    """Return one sentence of an answer."""
    sentence = _pick(_ANSWERS, draw).format(
        thing=_pick(_THINGS, draw),
        other=_pick(_THINGS, draw),
        day=_pick(_DAYS, draw),
        number=_pick(_NUMBERS, draw),
    )
    return sentence[0].upper() + sentence[1:]


def _noise(draw: Draw, longest: int) -> str:
    """Return text without meaning, so that the answer does not depend on having seen the question's words."""
    return "".join(chr(32 + draw(95)) if draw(4) else " " for _ in range(1 + draw(longest)))


def conversation(draw: Draw, longest: int) -> tuple[str, str]:
    """Return a user turn, at times after a system turn, and its answer; ``longest`` bounds a turn in characters."""
    known = f"{_pick(_ASKED, draw)} {_pick(_THINGS, draw)}"
    asked = (_noise(draw, longest), known, f"{known} " * (1 + draw(longest // len(known))))[draw(3)]
    system = f"{BEGIN}system\n{_noise(draw, longest)}{END}\n" if draw(4) == 0 else ""
    prompt = f"{system}{BEGIN}user\n{asked}{END}\n{BEGIN}assistant\n"
    return prompt, f"{OPENING}{answer(draw)} {answer(draw)}{END}"
