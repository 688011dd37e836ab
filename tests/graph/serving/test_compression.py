"""Answers in the coding a client prefers, and as they are where that is not worth it."""

import zlib
from typing import Any

import brotli
import httpx
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from graph.serving.compression import LARGE, WORTHWHILE, Coding, coding_for, compressed

DECODE = {
    None: lambda body: body,
    Coding.ZSTD: lambda body: zstandard.ZstdDecompressor().decompress(body),
    Coding.BROTLI: brotli.decompress,
    Coding.GZIP: lambda body: zlib.decompress(body, 31),
}


@pytest.mark.parametrize(
    ("header", "coding"),
    [
        (None, None),
        ("", None),
        ("identity", None),
        ("deflate", None),
        ("gzip", Coding.GZIP),
        ("gzip, deflate, br, zstd", Coding.ZSTD),
        ("GZIP, BR", Coding.BROTLI),
        ("gzip;q=0.9, br;q=0.5", Coding.GZIP),
        ("gzip;q=0", None),
        ("*", Coding.ZSTD),
        ("*;q=0.5, zstd;q=0, br; q=0.4", Coding.GZIP),
        ("identity;q=1, gzip;q=0.5", None),
        ("gzip;q=much", None),
        ("br;q=0.1", Coding.BROTLI),
        ("deflate, " * 40 + "gzip", None),
    ],
)
def test_the_coding_a_client_prefers(header: str | None, coding: Coding | None) -> None:
    assert coding_for(header) == coding


@given(st.text(max_size=300))
def test_any_header_is_read(header: str) -> None:
    assert coding_for(header) in {None, *Coding}


@pytest.mark.parametrize("coding", Coding)
@pytest.mark.parametrize("size", [0, 1, WORTHWHILE, LARGE + 1])
async def test_nothing_is_lost(coding: Coding, size: int) -> None:
    body = b'{"data":"\xc3\xa9"}' * (size // 13) + b" " * (size % 13)
    assert DECODE[coding](await compressed(body, coding)) == body


@pytest.mark.parametrize("coding", [None, *Coding])
@pytest.mark.parametrize("size", [100, WORTHWHILE, LARGE * 2])
async def test_an_answer_over_http(served: Any, coding: Coding | None, size: int) -> None:
    request = {"query": f"{{ blob(bytes: {size}) }}"}
    headers = {"accept-encoding": coding or "identity"}
    async with httpx.AsyncClient() as http, http.stream("POST", served.url, json=request, headers=headers) as response:
        raw = b"".join([chunk async for chunk in response.aiter_raw()])
    used = coding if size >= WORTHWHILE else None
    assert response.headers.get("content-encoding") == used
    assert int(response.headers["content-length"]) == len(raw)
    assert DECODE[used](raw) == b'{"data":{"blob":"' + b"x" * size + b'"}}'
    assert ("accept-encoding" in response.headers.get("vary", "")) is (size >= WORTHWHILE)
