"""Tables: what is broken costs its own row, with its line."""

import csv
import gzip
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasources.files.tables import BrokenRow, Row, UnknownFormat, count_lines, digest, read_csv, read_tsv


def csv_file(folder: Path, content: bytes) -> Path:
    path = folder / "table.csv"
    path.write_bytes(content)
    return path


def told(path: Path) -> list[object]:
    return [
        (row.line, dict(row.values)) if isinstance(row, Row) else (row.line, row.reason)
        for row in read_csv(path, "table.csv", ["a"])
    ]


def test_rows_know_their_line_with_byte_order_mark_and_multiline_fields(tmp_path: Path) -> None:
    path = csv_file(tmp_path, b'\xef\xbb\xbfa,b\r\n1,"two\nlines"\r\n2,"with ""quotes"", and comma"\r\n')
    assert told(path) == [(2, {"a": "1", "b": "two\nlines"}), (4, {"a": "2", "b": 'with "quotes", and comma'})]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b"only one", "1 values, but 2 columns"),
        (b"1,2,3", "3 values, but 2 columns"),
        (b"\xff\xfe,2", "not UTF-8"),
        (b"a\x00b,2", "a NUL character"),
        (b'"never closed,2', "a quotation mark is not closed"),
    ],
)
def test_a_broken_row_costs_itself_only(tmp_path: Path, bad: bytes, reason: str) -> None:
    path = csv_file(tmp_path, b"a,b\n1,2\n" + bad + b"\n3,4\n5,6\n")
    assert told(path) == [
        (2, {"a": "1", "b": "2"}),
        (3, reason),
        (4, {"a": "3", "b": "4"}),
        (5, {"a": "5", "b": "6"}),
    ]


values = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), min_size=1, max_size=12)


@given(st.lists(st.tuples(values, values), max_size=8))
def test_what_the_standard_library_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]
) -> None:
    buffer = io.StringIO()
    csv.writer(buffer).writerows([("a", "b"), *rows])
    path = csv_file(tmp_path_factory.mktemp("csv"), buffer.getvalue().encode())
    found = [tuple(row.values.values()) for row in read_csv(path, "t", ["a"]) if isinstance(row, Row)]
    assert found == [tuple(row) for row in rows]


@given(st.binary(max_size=300))
def test_no_content_ends_the_reading(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = csv_file(tmp_path_factory.mktemp("csv"), b"a,b\n" + content + b"\n")
    assert all(isinstance(row, Row | BrokenRow) for row in read_csv(path, "t", ["a"]))


def test_imdb_tables_plain_and_gzipped(tmp_path: Path) -> None:
    content = b'a\tb\n1\t"as is\n2\t\\N\n3\n'
    (tmp_path / "plain.tsv").write_bytes(content)
    with gzip.open(tmp_path / "packed.tsv.gz", "wb") as packed:
        packed.write(content)
    for name in ("plain.tsv", "packed.tsv.gz"):
        rows = list(read_tsv(tmp_path / name, name, ["a"]))
        assert rows == [
            Row(name, 2, {"a": "1", "b": '"as is'}),
            Row(name, 3, {"a": "2", "b": ""}),
            BrokenRow(name, 4, "1 values, but 2 columns"),
        ]
        assert count_lines(tmp_path / name) == 4


def test_a_table_without_its_columns_is_another_format(tmp_path: Path) -> None:
    path = csv_file(tmp_path, b"x,y\n1,2\n")
    with pytest.raises(UnknownFormat, match="lacks a"):
        list(read_csv(path, "t", ["a"]))
    with pytest.raises(UnknownFormat, match="lacks a"):
        list(read_csv(csv_file(tmp_path, b""), "t", ["a"]))


def test_digests_see_content_and_order(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_text("1")
    other.write_text("2")
    assert digest([one, other]) == digest([one, other])
    assert len({digest([one, other]), digest([other, one]), digest([one])}) == 3
