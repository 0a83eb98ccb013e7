"""A table to good rows and issues: each column by itself, then rules across the columns of a row. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from anju.contexts.servicing.tape.columns import COLUMNS, Column, Header, match_header
from anju.contexts.servicing.tape.rows import Issue, LoanRow, PaymentRow, Table, TapeRefused
from anju.contexts.servicing.tape.values import Check, loan_checks, payment_checks
from anju.core.errors import BadInput


@dataclass(slots=True)
class Checked:
    """What a table holds: values by column (None where not given), which rows are bad, and why."""

    header: Header
    values: dict[str, list[Any]]
    issues: list[Issue]
    bad: dict[int, set[str]]


def check_table(table: Table, columns: Sequence[Column], checks: dict[str, Check]) -> Checked:
    """Check every column. Raises TapeRefused ``missing_column``, naming the columns in both languages."""
    header = match_header(table.header, columns)
    if header.missing:
        zh = "、".join(f"{column.zh}（{column.name}）" for column in header.missing)
        en = ", ".join(column.name for column in header.missing)
        raise TapeRefused(
            "missing_column",
            f"缺少必需的列：{zh}；文件未导入",
            f"required columns are missing: {en}; nothing was imported",
        )
    checked = Checked(header, {}, list(table.broken), {})
    keys = [row[header.at[columns[0].name]] for row in table.rows]
    for column in columns:
        at = header.at.get(column.name)
        if at is None:
            checked.values[column.name] = [None] * len(table.rows)
        else:
            _check_column(checked, table, column, at, checks[column.name], keys)
    return checked


def _check_column(
    checked: Checked, table: Table, column: Column, at: int, check: Check, keys: Sequence[str]
) -> None:
    cells = [row[at] for row in table.rows]
    meant = {text: _meant(column, check, text) for text in set(cells)}
    values = [meant[text] for text in cells]
    if any(isinstance(value, BadInput) for value in meant.values()):
        for index, value in enumerate(values):
            if isinstance(value, BadInput):
                code = f"invalid_{column.name}" if cells[index] else "missing"
                checked.issues.append(
                    _issue(table, index, keys[index], column.name, cells[index], code, value)
                )
                checked.bad.setdefault(index, set()).add(column.name)
                values[index] = None
    checked.values[column.name] = values


def _meant(column: Column, check: Check, text: str) -> Any:
    """The value of a text, or the BadInput that says why there is none. An empty optional cell is None."""
    if not text:
        return _missing(column) if column.required else None
    try:
        return check(text)
    except BadInput as problem:
        return problem


def _missing(column: Column) -> BadInput:
    return BadInput(
        field=column.name,
        value="",
        allowed="",
        message_zh=f"{column.zh}不能为空",
        message_en=f"{column.name} is empty",
    )


def _issue(table: Table, index: int, key: str, column: str, text: str, code: str, why: BadInput) -> Issue:
    return Issue(
        table.row_nos[index], key[:60], column, text, code, why.message_zh[:300], why.message_en[:300]
    )


def check_loans(table: Table, *, on: date, as_of: date) -> tuple[list[LoanRow], list[Issue], Header]:
    """Good rows and issues of a loan tape. ``as_of`` counts for rows that name no date. Raises TapeRefused."""
    checked = check_table(table, COLUMNS["loans"], loan_checks(on))
    names = [column.name for column in COLUMNS["loans"]]
    columns = [checked.values[name] for name in names]
    good: list[LoanRow] = []
    first_row: dict[str, int] = {}
    for index, cells in enumerate(zip(*columns, strict=True)):
        value = dict(zip(names, cells, strict=True))
        value["as_of_date"] = value["as_of_date"] or as_of
        spoiled = checked.bad.get(index, ())
        found = [each for each in _across(value, on) if each[0] not in spoiled]
        number = value["loan_no"]
        if number is not None and first_row.setdefault(number, table.row_nos[index]) != table.row_nos[index]:
            zh, en = (
                f"贷款编号与第 {first_row[number]} 行重复",
                f"the loan number stands in row {first_row[number]} already",
            )
            found.append(("loan_no", "duplicate_in_file", zh, en))
        for column, code, zh, en in found:
            at = checked.header.at.get(column)
            text = table.rows[index][at] if at is not None else ""
            checked.issues.append(
                Issue(table.row_nos[index], (number or "")[:60], column, text, code, zh, en)
            )
        if not found and index not in checked.bad:
            good.append(_loan_row(table.row_nos[index], value))
    return good, sorted(checked.issues, key=lambda issue: issue.row_no), checked.header


Found = tuple[str, str, str, str]


def _across(value: dict[str, Any], on: date) -> Iterable[Found]:
    """Rules between the columns of one row: column, code, and the reason in both languages."""
    kind, start, as_of = value["rate_type"], value["start_date"], value["as_of_date"]
    if as_of > on:
        yield (
            "as_of_date",
            "date_in_future",
            "数据日期晚于导入日期",
            "the as-of date lies after the day of the import",
        )
    if start is not None and start > as_of:
        yield (
            "start_date",
            "start_after_as_of",
            "放款日期晚于数据日期",
            "the loan starts after the as-of date",
        )
    if kind == "fixed" and value["rate"] is None:
        yield "rate", "rate_missing", "固定利率须给出年利率", "a fixed rate needs the rate"
    if kind == "lpr" and value["lpr_tenor"] is None:
        yield (
            "lpr_tenor",
            "tenor_missing",
            "LPR 利率须给出 LPR 期限（1年/5年）",
            "an LPR rate needs its tenor (1y or 5y)",
        )
    if kind == "lpr" and value["spread_bp"] is None:
        yield (
            "spread_bp",
            "spread_missing",
            "LPR 利率须给出加点（基点，可为 0 或负数）",
            "an LPR rate needs its spread in bp",
        )
    if kind == "lpr" and value["lpr_since"] is not None and value["rate"] is None:
        yield (
            "rate",
            "rate_missing",
            "给出转 LPR 日期时须给出转换前的年利率",
            "with lpr_since the rate before it is needed",
        )
    spread = value["spread_bp"] or 0
    if kind == "provident" and (spread < 0 or (spread and value["home"] != "second")):
        yield (
            "spread_bp",
            "spread_not_allowed",
            "公积金首套不得加点",
            "a first-home provident loan has no spread",
        )
    yield from _co_borrower(value)
    if (
        value["paid_periods"] is not None
        and value["months"] is not None
        and value["paid_periods"] > value["months"]
        and not value["product"]  # a product may have more than one period a month: the loan is opened by it
    ):
        yield (
            "paid_periods",
            "paid_beyond_term",
            "已还期数大于贷款期数",
            "more periods are paid than the loan has",
        )
    balance, principal = value["balance"], value["principal"]
    if balance is not None and principal is not None and balance > principal:
        yield (
            "balance",
            "balance_above_principal",
            "剩余本金大于贷款金额",
            "the balance is above the principal",
        )


def _co_borrower(value: dict[str, Any]) -> Iterable[Found]:
    name, number = value["co_borrower_name"], value["co_borrower_id"]
    if number is not None and name is None:
        yield (
            "co_borrower_name",
            "co_borrower_incomplete",
            "共同借款人缺少姓名",
            "the co-borrower has no name",
        )
    if number is None and (name is not None or value["co_borrower_phone"] is not None):
        yield (
            "co_borrower_id",
            "co_borrower_incomplete",
            "共同借款人缺少身份证号",
            "the co-borrower has no ID number",
        )
    if number is not None and number == value["id_number"]:
        yield (
            "co_borrower_id",
            "co_borrower_is_borrower",
            "共同借款人与借款人相同",
            "the co-borrower is the borrower",
        )


def _loan_row(row_no: int, value: dict[str, Any]) -> LoanRow:
    kind = value["rate_type"]
    lpr = kind == "lpr"
    staged = lpr and value["lpr_since"] is not None
    return LoanRow(
        row_no=row_no,
        loan_no=value["loan_no"],
        borrower_name=value["borrower_name"],
        id_number=value["id_number"],
        phone=value["phone"],
        principal_fen=value["principal"],
        start_on=value["start_date"],
        months=value["months"],
        method=value["method"],
        rate_kind=kind,
        due_day=value["due_day"],
        branch=value["branch"],
        fixed_ppm=value["rate"] if kind == "fixed" or staged else None,
        tenor=value["lpr_tenor"] if lpr else "",
        spread_ppm=(value["spread_bp"] or 0) if kind != "fixed" else 0,
        repricing=""
        if kind == "fixed"
        else "january_1"
        if kind == "provident"
        else value["repricing"] or "january_1",
        cycle_months=(value["cycle_months"] or 12) if lpr else 12,
        lpr_since=value["lpr_since"] if staged else None,
        home=value["home"] or "first",
        first_due=value["first_due"] or "",
        first_due_on=value["first_due_date"],
        product=value["product"] or "",
        email=value["email"] or "",
        account_manager=value["account_manager"] or "",
        as_of_on=value["as_of_date"],
        balance_fen=value["balance"],
        next_instalment_fen=value["next_instalment"],
        days_past_due=value["days_past_due"],
        paid_periods=value["paid_periods"],
        co_borrower_name=value["co_borrower_name"] or "",
        co_borrower_id=value["co_borrower_id"] or "",
        co_borrower_phone=value["co_borrower_phone"] or "",
    )


def check_payments(table: Table, *, on: date) -> tuple[list[PaymentRow], list[Issue], Header]:
    """Good rows and issues of a payments file; ``on`` is the day of the import. Raises TapeRefused."""
    checked = check_table(table, COLUMNS["payments"], payment_checks())
    names = [column.name for column in COLUMNS["payments"]]
    good: list[PaymentRow] = []
    first_row: dict[str, int] = {}
    for index, cells in enumerate(zip(*(checked.values[name] for name in names), strict=True)):
        ref, number, amount, paid_on, channel = cells
        found = []
        row_no = table.row_nos[index]
        if paid_on is not None and paid_on > on:
            found.append(
                ("paid_date", "date_in_future", "还款日期晚于导入日期", "the payment date lies in the future")
            )
        if ref is not None and first_row.setdefault(ref, row_no) != row_no:
            zh, en = (
                f"流水号与第 {first_row[ref]} 行重复",
                f"the reference stands in row {first_row[ref]} already",
            )
            found.append(("payment_ref", "duplicate_in_file", zh, en))
        for column, code, zh, en in found:
            text = table.rows[index][checked.header.at[column]]
            checked.issues.append(Issue(row_no, (ref or "")[:60], column, text, code, zh, en))
        if not found and index not in checked.bad:
            good.append(PaymentRow(row_no, ref, number, amount, paid_on, channel or ""))
    return good, sorted(checked.issues, key=lambda issue: issue.row_no), checked.header
