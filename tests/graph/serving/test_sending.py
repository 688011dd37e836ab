"""Sending in place: done at once, or handed to another task in the middle."""

import asyncio

import pytest

from graph.serving.sending import begun


async def test_what_does_not_wait_is_done_at_once():
    sent = []

    async def send() -> None:
        sent.append("whole")

    assert begun(send()) is None
    assert sent == ["whole"]


async def test_another_task_sees_to_the_rest():
    first, second, steps = asyncio.Event(), asyncio.get_running_loop().create_future(), []

    async def send() -> None:
        steps.append("begun")
        await first.wait()
        await asyncio.sleep(0)
        steps.append(await second)

    rest = begun(send())
    assert rest is not None
    assert steps == ["begun"]
    task = asyncio.create_task(rest)
    await asyncio.sleep(0)
    first.set()
    second.set_result("done")
    await asyncio.wait_for(task, 10)
    assert steps == ["begun", "done"]


async def test_the_rest_may_be_taken_up_when_there_is_no_more_to_wait_for():
    writable = asyncio.Event()
    rest = begun(writable.wait())
    assert rest is not None
    writable.set()
    for _ in range(3):
        await asyncio.sleep(0)
    await asyncio.wait_for(rest, 10)


async def test_a_cancellation_reaches_what_waits():
    outcome = []

    async def send() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            outcome.append("cancelled")
            await asyncio.sleep(0)
            outcome.append("cleaned up")
            raise

    rest = begun(send())
    assert rest is not None
    task = asyncio.create_task(rest)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert outcome == ["cancelled", "cleaned up"]


@pytest.mark.parametrize("late", [False, True])
async def test_a_failure_is_raised_where_it_happens(late):
    async def send() -> None:
        if late:
            await asyncio.sleep(0)
        raise OSError("gone")

    if not late:
        with pytest.raises(OSError, match="gone"):
            begun(send())
        return
    rest = begun(send())
    assert rest is not None
    with pytest.raises(OSError, match="gone"):
        await rest


async def test_a_rest_nobody_wants_frees_what_waits():
    freed = []

    async def send() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            freed.append(True)

    rest = begun(send())
    assert rest is not None
    rest.close()
    del rest
    assert freed
