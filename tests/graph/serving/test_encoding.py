"""One answer as text and as a WebSocket frame."""

import json

import pytest
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

from graph.serving.encoding import Answer

HEAD = b'{"id":"\xc3\xa9","payload":'
BARE = len(HEAD) + len('{"data":""}}')


@pytest.mark.parametrize("length", [BARE, 125, 126, 127, 65535, 65536])
def test_a_frame_holds_the_message_whatever_its_length(length):
    answer = Answer({"data": "x" * (length - BARE)})
    for _ in range(2):
        reader = StreamReader()
        reader.feed_data(answer.frame(HEAD))
        reader.feed_eof()
        parsing = Frame.parse(reader.read_exact, mask=False)
        with pytest.raises(StopIteration) as parsed:
            next(parsing)
        frame = parsed.value.value
        assert (frame.opcode, frame.fin, len(frame.data)) == (Opcode.TEXT, True, length)
        assert frame.data.decode() == answer.text(HEAD)
    assert json.loads(answer.text(HEAD)) == {"id": "é", "payload": {"data": "x" * (length - BARE)}}


def test_heads_of_many_lengths_share_an_answer():
    answer = Answer({"data": None})
    for number in (1, 12, 123, 12):
        head = b'{"id":"%d","payload":' % number
        assert answer.frame(head)[2:].decode() == answer.text(head)
        assert answer.frame(head)[1] == len(answer.text(head))
