"""Reading and checking tapes: encodings, damage, and every value that must be refused. No database."""

import io
from datetime import date, datetime

import pytest

from anju.contexts.servicing.tape.checking import check_loans, check_payments
from anju.contexts.servicing.tape.columns import LOAN_COLUMNS, PAYMENT_COLUMNS, header_key, match_header
from anju.contexts.servicing.tape.reading import cell_text, read_table
from anju.contexts.servicing.tape.rows import Issue, LoanRow, TapeRefused

from .book import TODAY, as_csv, id_number, row

CHINESE = (
    "合同号,借款人姓名,身份证号,手机号,贷款金额(元),放款日期,贷款期限(月),还款方式,"
    "利率类型,年利率(%),LPR期限,加点(BP),还款日,网点/机构"
)
VALUES = (
    f'HT〔2024〕001,欧阳雪,{id_number(7)},138 0013 8000,"1,000,000.00",'
    "2024年3月20日,360期,等额本息,LPR,,5年期以上,-30BP,20日,徐汇支行"
)


def check(content: bytes, name: str = "t.csv") -> tuple[list[LoanRow], list[Issue]]:
    good, issues, _ = check_loans(read_table(content, name), on=TODAY, as_of=TODAY)
    return good, issues


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_chinese_headers_in_every_encoding(encoding: str, end: str) -> None:
    good, issues = check(f"{CHINESE}{end}{VALUES}{end}".encode(encoding))
    assert not issues
    assert (good[0].loan_no, good[0].borrower_name, good[0].phone) == (
        "HT〔2024〕001",
        "欧阳雪",
        "13800138000",
    )
    assert (good[0].principal_fen, good[0].start_on, good[0].months) == (100_000_000, date(2024, 3, 20), 360)
    assert (good[0].rate_kind, good[0].tenor, good[0].spread_ppm, good[0].due_day) == (
        "lpr",
        "5y",
        -3_000,
        20,
    )


def test_no_two_columns_share_a_header() -> None:
    for columns in (LOAN_COLUMNS, PAYMENT_COLUMNS):
        texts = [header_key(t) for c in columns for t in {header_key(x) for x in (c.name, c.zh, *c.aliases)}]
        assert len(texts) == len(set(texts))


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("id_number", "110105198503150018", "invalid_id_number"),  # S4-031: checksum
        ("id_number", "1.10105E+17", "invalid_id_number"),
        ("id_number", "", "missing"),
        ("id_number", id_number(1, "20990101"), "invalid_id_number"),
        ("phone", "1380013800", "invalid_phone"),  # S2-04
        ("phone", "12800138000", "invalid_phone"),
        ("email", "a@b", "invalid_email"),  # S2-04
        ("principal", "0", "invalid_principal"),
        ("principal", "-1", "invalid_principal"),
        ("principal", "1000.005", "invalid_principal"),
        ("principal", "1000000000.01", "invalid_principal"),
        ("principal", "1,00,000", "invalid_principal"),
        ("principal", "1E+06", "invalid_principal"),
        ("start_date", "2024-02-30", "invalid_start_date"),
        ("start_date", "20/03/2024", "invalid_start_date"),
        ("start_date", "1949-10-01", "invalid_start_date"),
        ("start_date", "2026-09-02", "start_after_as_of"),
        ("months", "0", "invalid_months"),
        ("months", "481", "invalid_months"),
        ("method", "气球贷", "invalid_method"),  # S4-008
        ("rate_type", "阶段性", "invalid_rate_type"),  # S4-006
        ("rate", "", "rate_missing"),
        ("rate", "36.0001", "invalid_rate"),
        ("rate", "0.035", "invalid_rate"),
        ("rate", "-1", "invalid_rate"),
        ("due_day", "0", "invalid_due_day"),
        ("due_day", "32", "invalid_due_day"),
        ("branch", "", "missing"),
        ("borrower_name", "12", "invalid_borrower_name"),
        ("borrower_name", "王" * 81, "invalid_borrower_name"),
        ("as_of_date", "2026-09-02", "date_in_future"),
        ("paid_periods", "361", "paid_beyond_term"),
        ("days_past_due", "-3", "invalid_days_past_due"),
        ("balance", "1000000.01", "balance_above_principal"),
        ("spread_bp", "-22.555", "invalid_spread_bp"),
        ("spread_bp", "1000.01", "invalid_spread_bp"),
        ("spread_bp", "-301", "invalid_spread_bp"),
        ("loan_no", "", "missing"),
    ],
)  # fmt: skip
def test_a_bad_value_is_named(column: str, value: str, code: str) -> None:
    good, issues = check(as_csv([row(1, **{column: value}), row(2)]))
    assert [each.loan_no for each in good] == ["GD00002"]
    assert [(each.row_no, each.column, each.value, each.code) for each in issues] == [
        (2, column, value, code)
    ]
    assert issues[0].zh
    assert issues[0].en


@pytest.mark.parametrize(
    ("changes", "column", "code"),
    [
        ({"rate_type": "LPR", "spread_bp": "10"}, "lpr_tenor", "tenor_missing"),
        ({"rate_type": "LPR", "lpr_tenor": "5年"}, "spread_bp", "spread_missing"),
        ({"rate_type": "公积金", "spread_bp": "10"}, "spread_bp", "spread_not_allowed"),
        ({"co_borrower_name": "李雷"}, "co_borrower_id", "co_borrower_incomplete"),
        ({"co_borrower_id": id_number(9)}, "co_borrower_name", "co_borrower_incomplete"),
        ({"co_borrower_id": id_number(1), "co_borrower_name": "李雷"}, "co_borrower_id", "co_borrower_is_borrower"),
        ({"rate_type": "LPR", "lpr_tenor": "5y", "spread_bp": "0", "rate": "", "lpr_since": "2020-03-01"}, "rate", "rate_missing"),
    ],
)  # fmt: skip
def test_rules_between_columns(changes: dict[str, str], column: str, code: str) -> None:
    columns = dict.fromkeys(("co_borrower_name", "co_borrower_id", "lpr_since"), "")
    good, issues = check(as_csv([row(1, **{**columns, **changes})]))
    assert not good
    assert (column, code) in [(each.column, each.code) for each in issues]


def test_all_bad_columns_of_a_row_are_told() -> None:
    good, issues = check(as_csv([row(1, phone="1", months="x", due_day="40")]))
    assert not good
    assert sorted(each.column for each in issues) == ["due_day", "months", "phone"]


def test_the_first_of_two_equal_loan_numbers_counts() -> None:
    good, issues = check(as_csv([row(1), row(2, loan_no="GD00001")]))
    assert [each.row_no for each in good] == [2]
    assert [(each.row_no, each.code) for each in issues] == [(3, "duplicate_in_file")]


@pytest.mark.parametrize(
    ("column", "value", "field", "expected"),
    [
        ("principal", "'1,234,567.80", "principal_fen", 123_456_780),
        ("principal", "１２３４５６", "principal_fen", 12_345_600),
        ("principal", "￥5000元", "principal_fen", 500_000),
        ("phone", "+86 138-0013-8000", "phone", "13800138000"),
        ("phone", '="13800138000"', "phone", "13800138000"),
        ("start_date", "2024/3/20 0:00", "start_on", date(2024, 3, 20)),
        ("start_date", "45371", "start_on", date(2024, 3, 20)),
        ("start_date", "20240320", "start_on", date(2024, 3, 20)),
        ("start_date", "2024.3.20", "start_on", date(2024, 3, 20)),
        ("rate", "3.5%", "fixed_ppm", 35_000),
        ("months", "360.0", "months", 360),
        ("id_number", f" {id_number(1)} ".lower(), "id_number", id_number(1)),
        ("borrower_name", "阿卜杜拉·买买提", "borrower_name", "阿卜杜拉·买买提"),
        ("borrower_name", "Anna  Smith-O'Hara", "borrower_name", "Anna Smith-O'Hara"),
    ],
)
def test_what_spreadsheets_do_is_undone(column: str, value: str, field: str, expected: object) -> None:
    good, issues = check(as_csv([row(1, **{column: value})]))
    assert not issues
    assert getattr(good[0], field) == expected


def test_a_missing_column_refuses_the_file_in_both_languages() -> None:
    cut = row(1)
    del cut["principal"], cut["phone"]
    with pytest.raises(TapeRefused) as refused:
        check(as_csv([cut]))
    assert refused.value.code == "missing_column"
    assert "贷款金额（principal）" in refused.value.message_zh
    assert "phone, principal" in refused.value.message_en


def test_unknown_and_doubled_columns_are_told() -> None:
    header = match_header(["loan_no", "备注", "合同号", ""], LOAN_COLUMNS)
    assert header.unknown == ("备注",)
    assert header.doubled == ("合同号",)


@pytest.mark.parametrize("cut", range(1, 200, 7))
def test_a_file_cut_off_loses_only_its_last_row(cut: int) -> None:
    whole = as_csv([row(1), row(2), row(3)])
    table = read_table(whole[:-cut], "t.csv")
    good, issues, _ = check_loans(table, on=TODAY, as_of=TODAY)
    assert [each.loan_no for each in good][:1] == ["GD00001"]
    assert len(good) + len({each.row_no for each in issues}) <= 3
    if len(good) < 3 and len(table.rows) + len(table.broken) == 3:
        assert {each.code for each in issues} == {"row_incomplete"}
    if not whole[:-cut].endswith((b"\n", b"\r")) and not table.broken:
        assert table.notes  # a last line without an end is told even when it looks whole


def test_a_file_cut_inside_a_character() -> None:
    whole = f"{CHINESE}\n{VALUES}\n{VALUES}".encode()
    good, issues = check(whole[:-1])
    assert len(good) == 1
    assert [each.code for each in issues] == ["row_incomplete"]


def test_a_stray_quote_spoils_one_row_only() -> None:
    lines = as_csv([row(1), row(2), row(3)]).decode().splitlines()
    lines[2] = lines[2].replace("GD00002", '"GD00002')
    good, issues = check("\n".join([*lines, ""]).encode())
    assert [each.loan_no for each in good] == ["GD00001", "GD00003"]
    assert [(each.row_no, each.code) for each in issues] == [(3, "row_malformed")]


def test_too_many_cells_and_blank_lines() -> None:
    text = as_csv([row(1), row(2)]).decode().splitlines()
    text[1] += ",more"
    good, issues = check("\n".join(["", *text, "", ",,,,", ""]).encode())
    assert [each.loan_no for each in good] == ["GD00002"]
    assert [(each.row_no, each.code) for each in issues] == [(3, "row_too_long")]


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "t.csv", "empty"),
        (b"\n \n", "t.csv", "empty"),
        (b"PK\x03\x04not a zip", "t.xlsx", "unreadable"),
        (b"PAR1 broken", "t.parquet", "unreadable"),
        (b"\xd0\xcf\x11\xe0old", "t.xls", "unreadable"),
        (b"\x81\xff\xff\xff\n\xff\xff" * 20, "t.csv", "encoding_unknown"),
        (b"loan_no\n", "t.xlsx", "unreadable"),
    ],
)
def test_files_that_are_refused(content: bytes, name: str, code: str) -> None:
    with pytest.raises(TapeRefused) as refused:
        read_table(content, name)
    assert refused.value.code == code


def test_a_workbook_with_its_own_damage() -> None:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    good = row(1)
    sheet.append(list(good))
    real = {"principal": 1000000.0, "months": 360.0, "rate": 3.5, "due_day": 20, "phone": 13800000001.0,
            "start_date": datetime(2024, 3, 20), "as_of_date": datetime(2026, 9, 1)}  # fmt: skip
    sheet.append([real.get(key, value) for key, value in good.items()])
    sheet.append([float(id_number(2)) if key == "id_number" else value for key, value in row(2).items()])
    sheet.append([None] * 5)
    sheet.append(["" for _ in good])
    out = io.BytesIO()
    book.save(out)
    rows, issues = check(out.getvalue(), "t.xlsx")
    assert [(each.loan_no, each.principal_fen, each.start_on) for each in rows] == [
        ("GD00001", 100_000_000, date(2024, 3, 20))
    ]
    assert [(each.row_no, each.column, each.code) for each in issues] == [
        (3, "id_number", "invalid_id_number")
    ]
    assert "科学计数法" in issues[0].zh
    with pytest.raises(TapeRefused):
        read_table(out.getvalue()[:-200], "t.xlsx")


def test_a_parquet_file() -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [row(1), row(2)]
    columns = {name: [each[name] for each in rows] for name in rows[0]}
    table = pa.table(
        {**columns, "start_date": [date(2024, 3, 20)] * 2, "months": [360, 120], "rate": [3.5, None]}
    )
    out = io.BytesIO()
    pq.write_table(table, out)
    good, issues = check(out.getvalue(), "t.parquet")
    assert [(each.loan_no, each.months) for each in good] == [("GD00001", 360)]
    assert [(each.row_no, each.code) for each in issues] == [(3, "rate_missing")]
    with pytest.raises(TapeRefused):
        read_table(out.getvalue()[:-50], "t.parquet")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (4490.450000000001, "4490.45"),
        (1e18, "1.00000000E+18"),
        (3.0, "3"),
        (0.1, "0.1"),
        (True, "true"),
        (None, ""),
    ],
)
def test_cells_as_texts(value: object, text: str) -> None:
    assert cell_text(value) == text


def test_payments() -> None:
    lines = [
        "流水号,合同号,还款金额,还款日期,渠道", "A1,GD00001,\"4,490.45\",2026-08-20,柜面", "A1,GD00001,1,2026-08-20,",
        "A2,GD00001,0,2026-08-20,", "A3,GD00001,1,2026-09-02,", "A4,GD00001,1.001,2026-08-20,", ",GD00001,1,2026-08-20,",
    ]  # fmt: skip
    good, issues, _ = check_payments(read_table("\n".join([*lines, ""]).encode(), "p.csv"), on=TODAY)
    assert [(each.payment_ref, each.amount_fen) for each in good] == [("A1", 449_045)]
    assert [(each.row_no, each.code) for each in issues] == [
        (3, "duplicate_in_file"), (4, "invalid_amount"), (5, "date_in_future"), (6, "invalid_amount"), (7, "missing"),
    ]  # fmt: skip
