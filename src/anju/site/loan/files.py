"""An answer as JSON, CSV or XLSX. CSV and XLSX carry the rows that the answer is about; JSON carries everything."""

from __future__ import annotations

import csv
import html
import io
import json
import zipfile
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

Answer = dict[str, Any]
Cell = str | int | Decimal | date | None

_ROW_NAMES = {
    "combined": ("on", "principal", "interest", "fee", "amount", "balance_after"),
    "schedule": ("seq", "on", "kind", "principal", "interest", "fee", "amount", "balance_after", "added", "forgiven", "rate"),
    "compare": ("why_zh", "zh", "loan", "months", "first", "last", "highest", "interest", "fees", "subsidy", "net_cost"),
    "split": ("objective", "regime", "provident", "loan", "first", "interest", "subsidy", "net_cost", "zh"),
    "prepay": ("kind", "then", "principal", "interest", "fee", "total", "instalment", "periods_left", "end_on",
               "interest_saved", "net_saved", "months_saved", "break_even_on"),
    "afford": ("code", "outcome", "zh", "en", "document"),
    "explain": ("code", "name_zh", "value", "worked", "formula_zh", "source_zh"),
    "rate": ("from", "rate", "why_zh", "why_en", "source", "provisional"),
}  # fmt: skip
_TEXTS = frozenset(
    {
        "seq",
        "kind",
        "rate",
        "why_zh",
        "why_en",
        "zh",
        "en",
        "months",
        "objective",
        "regime",
        "then",
        "periods_left",
    }
    | {
        "months_saved",
        "code",
        "outcome",
        "document",
        "worked",
        "formula_zh",
        "source_zh",
        "name_zh",
        "source",
    }
    | {"provisional"}
)
_DATES = frozenset({"on", "from", "end_on", "break_even_on"})
_MONEY = frozenset(name for names in _ROW_NAMES.values() for name in names) - _TEXTS - _DATES


def as_json(answer: Answer) -> str:
    """One object on one line."""
    return json.dumps(answer, ensure_ascii=False)


def records(answer: Answer) -> tuple[Sequence[str], list[list[Any]]]:
    """Names of columns and rows of texts of what the answer lists."""
    kind = answer["kind"]
    names = _ROW_NAMES["combined" if "combined" in answer else kind]
    return names, [[each.get(name) for name in names] for each in _listed(answer, kind)]


def _listed(answer: Answer, kind: str) -> Iterable[Answer]:
    if kind == "schedule":
        return answer["combined"]["rows"] if "combined" in answer else answer["rows"]
    if kind == "compare":
        return answer["plans"]
    if kind == "split":
        return [
            each["best"] | {"objective": each["objective"], "regime": each["regime"]}
            for each in answer["answers"]
        ]
    if kind == "prepay":
        return [each["event"] | each["after"] | each for each in answer["options"]]
    if kind == "afford":
        return (answer["verdict"] or {"findings": []})["findings"]
    return answer["figures"] if kind == "explain" else answer["path"]


def as_csv(answer: Answer) -> str:
    """A header line and the rows, comma separated."""
    names, rows = records(answer)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(["" if cell is None else cell for cell in row] for row in rows)
    return out.getvalue()


_TYPES = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml"'
    ' ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml"'
    ' ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
    '<Override PartName="/xl/styles.xml"'
    ' ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>'
)
_RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
)
_STYLES = (
    f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><styleSheet xmlns="{_MAIN}">'
    '<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="1"><fill><patternFill patternType="none"/></fill></fills><borders count="1"><border/></borders>'
    '<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="3"><xf xfId="0"/>'
    '<xf numFmtId="4" applyNumberFormat="1" xfId="0"/><xf numFmtId="14" applyNumberFormat="1" xfId="0"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)
_EPOCH = date(1899, 12, 30)


def xlsx(answer: Answer) -> bytes:
    """One sheet: a header and the rows; amounts are numbers with two decimals, dates are dates."""
    names, rows = records(answer)
    lines: list[Sequence[Cell]] = [list(names), *(_typed(names, row) for row in rows)]
    sheet = "".join(
        f'<row r="{index}">{"".join(map(_cell, cells))}</row>' for index, cells in enumerate(lines, start=1)
    )
    parts = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": _RELATIONS.format(
            f'<Relationship Id="rId1" Type="{_RELATED}/officeDocument" Target="xl/workbook.xml"/>'
        ),
        "xl/workbook.xml": f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><workbook xmlns="{_MAIN}"'
        f' xmlns:r="{_RELATED}"><sheets><sheet name="{answer["kind"]}" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _RELATIONS.format(
            f'<Relationship Id="rId1" Type="{_RELATED}/worksheet" Target="worksheets/sheet1.xml"/>'
            f'<Relationship Id="rId2" Type="{_RELATED}/styles" Target="styles.xml"/>'
        ),
        "xl/styles.xml": _STYLES,
        "xl/worksheets/sheet1.xml": f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        f'<worksheet xmlns="{_MAIN}"><sheetData>{sheet}</sheetData></worksheet>',
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        for name, text in parts.items():
            book.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _typed(names: Sequence[str], row: Sequence[Any]) -> list[Cell]:
    return [
        value if value is None or not (name in _MONEY or name in _DATES)
        else Decimal(value) if name in _MONEY else date.fromisoformat(value)
        for name, value in zip(names, row, strict=True)
    ]  # fmt: skip


def _cell(value: Cell) -> str:
    if value is None:
        return "<c/>"
    if isinstance(value, date):
        return f'<c s="2"><v>{(value - _EPOCH).days}</v></c>'
    if isinstance(value, Decimal):
        return f'<c s="1"><v>{value}</v></c>'
    if isinstance(value, int) and not isinstance(value, bool):
        return f"<c><v>{value}</v></c>"
    return f'<c t="inlineStr"><is><t xml:space="preserve">{html.escape(str(value), quote=False)}</t></is></c>'
