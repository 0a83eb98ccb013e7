"""Bytes of a .csv, .xlsx or .parquet file to a table of texts. Damage of single rows is told, not raised.

Row numbers are those a person sees: the line of a text file, the row of a sheet; of a Parquet file the header counts as row 1.
"""

import csv
import io
import re
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from anju.contexts.servicing.tape.rows import Issue, Table, TapeRefused

FILE_BYTES_MAX = 256 * 1024 * 1024
ROWS_MAX = 1_000_000
COLUMNS_MAX = 200
CELL_CHARS_MAX = 400
CLEANED_MAX = 200_000
_EXACT_DIGITS = 10**15
_LINE_END = re.compile(r"\r\n|\n|\r")
_TEXT_FORMULA = re.compile(r'="(.*)"')
_CLEAN = re.compile(rf"[0-9A-Za-z\u4e00-\u9fff.@_-]{{1,{CELL_CHARS_MAX}}}").fullmatch
"""Most cells: nothing in them to mend."""


def read_table(content: bytes, name: str) -> Table:
    """The table in a file. The kind is told by the first bytes, not by the name.

    Raises TapeRefused: ``too_large``, ``empty``, ``encoding_unknown``, ``unreadable``, ``no_rows``, ``too_many_rows``.
    """
    if len(content) > FILE_BYTES_MAX:
        raise TapeRefused("too_large", "文件超过 256 MiB", "the file is larger than 256 MiB")
    if not content.strip():
        raise TapeRefused("empty", "文件是空的", "the file is empty")
    if content.startswith(b"PK\x03\x04"):
        table = _read_sheet(content)
    elif content.startswith(b"PAR1"):
        table = _read_parquet(content)
    elif content.startswith(b"\xd0\xcf\x11\xe0"):
        raise TapeRefused(
            "unreadable",
            "不支持旧版 .xls，请另存为 .xlsx 或 .csv",
            "old .xls is not read; save it as .xlsx or .csv",
        )
    elif name.lower().endswith((".xlsx", ".parquet")):
        raise TapeRefused(
            "unreadable",
            f"{name} 内容与扩展名不符或已损坏",
            f"{name} is damaged or is not what its name says",
        )
    else:
        table = _read_text(content)
    if len(table.rows) > ROWS_MAX:
        raise TapeRefused("too_many_rows", f"超过 {ROWS_MAX} 行", f"more than {ROWS_MAX} rows")
    return table


def _read_text(content: bytes) -> Table:
    text, cut = _decode(content)
    lines = _LINE_END.split(text)
    ended = lines and not lines[-1].strip("\x00 \t")
    start = next((i for i, line in enumerate(lines) if line.strip(" \t,;")), None)
    if start is None:
        raise TapeRefused("empty", "文件是空的", "the file is empty")
    comma = max(",\t;,", key=lines[start].count)
    header = _cells(lines[start], comma)
    if header is None or len(header) > COLUMNS_MAX:
        raise TapeRefused("unreadable", "表头行无法识别", "the header line cannot be read")
    while header and not header[-1].strip():
        header.pop()
    table = Table(header, [], [], [], [])
    cleaned: dict[str, str] = {}
    last = max((i for i, line in enumerate(lines) if line.strip(" \t,;\x00")), default=start)
    for number, line in enumerate(lines[start + 1 : last + 1], start=start + 2):
        if line.strip(" \t,;"):
            _take_line(table, number, line, comma, cut and number == last + 1, cleaned)
    if not ended and not cut and table.rows:
        table.notes.append(
            (
                "最后一行没有换行符，请确认文件完整",
                "the last line has no line end: check that the file is whole",
            )
        )
    return table


def _take_line(table: Table, number: int, line: str, comma: str, cut: bool, cleaned: dict[str, str]) -> None:
    cells = _cells(line, comma)
    width = len(table.header)
    if cells is not None:
        while len(cells) > width and not cells[-1].strip():
            cells.pop()
    if cells is None:
        code, zh, en = (
            "row_malformed",
            "引号不配对，该行无法拆分",
            "unbalanced quotes: the row cannot be split",
        )
    elif cut or len(cells) < width:
        found = len(cells)
        code, zh, en = (
            "row_incomplete",
            f"该行不完整（{found}/{width} 列）",
            f"the row is incomplete ({found} of {width} columns)",
        )
    elif len(cells) > width:
        code, zh, en = (
            "row_too_long",
            f"该行列数（{len(cells)}）多于表头（{width}）",
            "the row has more cells than the header",
        )
    else:
        table.row_nos.append(number)
        table.rows.append(
            [known if (known := cleaned.get(cell)) is not None else _keep(cell, cleaned) for cell in cells]
        )
        return
    table.broken.append(
        Issue(number, (cells or [""])[0].strip()[:60], "", line[:CELL_CHARS_MAX], code, zh, en)
    )


def _cells(line: str, comma: str) -> list[str] | None:
    if '"' not in line:
        return line.split(comma)
    try:
        return next(csv.reader([line], delimiter=comma, strict=True))
    except csv.Error:
        return None


def _decode(content: bytes) -> tuple[str, bool]:
    """Text, and whether the file ends inside a character."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace"), len(content) % 2 == 1
    for encoding, longest in (("utf-8-sig", 3), ("gb18030", 3)):
        try:
            return content.decode(encoding), False
        except UnicodeDecodeError as problem:
            if problem.start >= len(content) - longest and problem.end == len(content):
                return content[: problem.start].decode(encoding), True
    raise TapeRefused(
        "encoding_unknown",
        "文件编码既不是 UTF-8 也不是 GB18030",
        "the file is neither UTF-8 nor GB18030 text",
    )


def _keep(text: str, cleaned: dict[str, str]) -> str:
    """The cleaned cell, remembered: most cells of a tape repeat."""
    value = _clean(text)
    if len(cleaned) < CLEANED_MAX:
        cleaned[text] = value
    return value


def _clean(text: str) -> str:
    if _CLEAN(text):
        return text
    text = text.replace("\x00", "").replace("\u3000", " ").replace("\xa0", " ").strip()
    found = _TEXT_FORMULA.fullmatch(text)
    return (found[1] if found else text).lstrip("'’‘`").strip()[:CELL_CHARS_MAX]


def cell_text(value: Any) -> str:
    """A cell of a sheet or a column as text. A number too long to be exact becomes scientific, so that checks refuse it."""
    if value is None or value == "":
        return ""
    if isinstance(value, str):
        return _clean(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return (
            value.date().isoformat()
            if value.time() == time()
            else value.isoformat(sep=" ", timespec="seconds")
        )
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return _float_text(value)
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return str(value)[:CELL_CHARS_MAX]


def _float_text(value: float) -> str:
    if value != value or value in (float("inf"), float("-inf")):
        return ""
    if abs(value) >= _EXACT_DIGITS:
        return f"{value:.8E}"
    if value == int(value):
        return str(int(value))
    near = round(value, 6)
    exact = near if abs(near - value) < 1e-9 * max(1.0, abs(value)) else value
    return format(Decimal(repr(exact)), "f")


def _read_sheet(content: bytes) -> Table:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheet: list[list[Any]] = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (CalamineError, ValueError, IndexError) as problem:
        raise TapeRefused(
            "unreadable", "Excel 文件已损坏或无法读取", "the Excel file is damaged or cannot be read"
        ) from problem
    start = next((i for i, row in enumerate(sheet) if any(cell != "" for cell in row)), None)
    if start is None:
        raise TapeRefused("empty", "工作表是空的", "the sheet is empty")
    header = [cell_text(cell) for cell in sheet[start]][:COLUMNS_MAX]
    while header and not header[-1]:
        header.pop()
    table = Table(header, [], [], [], [])
    if len(book.sheet_names) > 1:
        table.notes.append(("只读取第一个工作表", "only the first sheet is read"))
    width = len(header)
    for number, row in enumerate(sheet[start + 1 :], start=start + 2):
        texts = [cell_text(cell) for cell in row[:width]]
        if any(texts):
            table.row_nos.append(number)
            table.rows.append(texts)
    return table


def _read_parquet(content: bytes) -> Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        arrow = pq.read_table(io.BytesIO(content))
    except (pa.ArrowException, OSError) as problem:
        raise TapeRefused(
            "unreadable", "Parquet 文件已损坏或不完整", "the Parquet file is damaged or cut off"
        ) from problem
    if arrow.num_rows > ROWS_MAX or arrow.num_columns > COLUMNS_MAX:
        raise TapeRefused("too_many_rows", f"超过 {ROWS_MAX} 行", f"more than {ROWS_MAX} rows")
    columns = [[cell_text(value) for value in column.to_pylist()] for column in arrow.columns]
    rows = [list(cells) for cells in zip(*columns, strict=True)]
    return Table(list(arrow.column_names), list(range(2, len(rows) + 2)), rows, [], [])
