"""The page at `/` in a real browser, which has no internet."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.journeys.browser import chromium, opened

pytestmark = pytest.mark.skipif(chromium() is None, reason="Chromium is not on PATH")

SHOWN = "document.querySelector('.result-window')?.innerText ?? ''"


async def test_the_first_query_runs_and_nothing_leaves_this_machine(in_process: str, tmp_path: Path) -> None:
    async with opened(in_process + "/", tmp_path) as page:
        await page.until("document.querySelector('.graphiql-query-editor .CodeMirror') !== null")
        await page.evaluate("document.querySelector('.graphiql-query-editor .CodeMirror').CodeMirror.focus()")
        await page.press("Enter", 13, modifiers=2)
        answer = await page.until(f"({SHOWN}).includes('bestOffer') && ({SHOWN})")
        await page.screenshot(tmp_path / "explorer.png")
    assert '"errors"' not in answer
    assert {urlsplit(request).netloc for request in page.requests if request.startswith("http")} == {
        urlsplit(in_process).netloc
    }
    assert page.problems == []
