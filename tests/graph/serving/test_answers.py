"""One answer or many, as one kind of stream."""

from contextlib import aclosing

from graph.serving.answers import answers


class Source:
    """A stream that is no generator: nothing but `aclose` frees it."""

    def __init__(self) -> None:
        self.closed = False

    def __aiter__(self) -> "Source":
        return self

    async def __anext__(self) -> dict[str, object]:
        return {"data": {}}

    async def aclose(self) -> None:
        self.closed = True


async def test_leaving_early_closes_the_source():
    source = Source()
    async with aclosing(answers(source)) as stream:
        assert await anext(stream) == {"data": {}}
        assert not source.closed
    assert source.closed


async def test_a_source_that_cannot_be_closed_is_read_to_its_end():
    left = iter([{"data": 1}, {"data": 2}])

    class Bare:
        def __aiter__(self):
            return self

        async def __anext__(self):
            for answer in left:
                return answer
            raise StopAsyncIteration

    assert [answer async for answer in answers(Bare())] == [{"data": 1}, {"data": 2}]


async def test_a_single_answer_is_a_stream_of_one():
    assert [answer async for answer in answers({"data": None})] == [{"data": None}]
