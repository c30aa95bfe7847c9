"""Questions and answers come as they were sent."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from proxy.detection.remote import protocol
from proxy.detection.text.plain import Ruled
from tests.unit.detection.remote.stand_ins import VERSION, found


@given(st.lists(st.lists(st.builds(lambda text, ruled: Ruled(text) if ruled else text,
                                   st.text(st.characters(), max_size=30), st.booleans()), max_size=4), max_size=4))  # fmt: skip
def test_questions_and_answers_come_as_they_were_sent(batches):
    question = protocol.TextQuestion("1", VERSION, "t", 2.5, batches)
    received = protocol.decode_question(protocol.encode_question(question))
    assert received == question
    assert [[type(t) for t in batch] for batch in received.batches] == [[type(t) for t in batch] for batch in batches]
    answers = [tuple(map(found, batch)) for batch in batches]
    assert protocol.decode_answer(question, protocol.encode_answer(received, answers, 7.0)) == (answers, 7.0)
