"""Columns of the two tapes, with the names under which banks write them (docs/reference/tape.md)."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, whether a file must have it, and other header texts that mean it."""

    name: str
    required: bool
    zh: str
    aliases: tuple[str, ...] = ()


def _column(name: str, required: bool, names: str) -> Column:
    zh, *more = names.split("|")
    return Column(name, required, zh, tuple(more))


LOAN_COLUMNS = (
    _column(
        "loan_no",
        True,
        "贷款合同编号|合同号|合同编号|贷款编号|贷款合同号|借据号|借据编号|贷款账号|loan number|loan id|contract_no",
    ),
    _column(
        "borrower_name",
        True,
        "借款人姓名|姓名|客户姓名|借款人|客户名称|主借款人|主借款人姓名|name|borrower|customer_name",
    ),
    _column(
        "id_number",
        True,
        "身份证号|身份证号码|证件号码|证件号|借款人身份证号|借款人证件号码|公民身份号码|id_no|id card|id_card_no",
    ),
    _column(
        "phone",
        True,
        "手机号|手机号码|联系电话|手机|移动电话|借款人手机号|电话|mobile|mobile_phone|phone_number",
    ),
    _column(
        "principal",
        True,
        "贷款金额|放款金额|贷款本金|合同金额|发放金额|借款金额|loan_amount|principal_yuan|amount",
    ),
    _column(
        "start_date",
        True,
        "放款日期|放款日|起息日|发放日期|贷款发放日|贷款起始日|start_on|payout_date|disbursement_date",
    ),
    _column(
        "months",
        True,
        "贷款期限|期数|贷款期限(月)|贷款期数|总期数|期限(月)|期限|term|term_months|total_periods",
    ),
    _column("method", True, "还款方式|repayment_method"),
    _column("rate_type", True, "利率类型|利率方式|定价方式|rate_kind"),
    _column("due_day", True, "还款日|每月还款日|扣款日|约定还款日|repayment_day|payment_day"),
    _column(
        "branch",
        True,
        "机构|网点|经办机构|网点/机构|支行|经办网点|机构号|机构代码|网点号|贷款机构|branch_code",
    ),
    _column(
        "rate",
        False,
        "年利率(%)|年利率|利率|执行利率|贷款利率|固定利率|执行年利率|annual_rate|fixed_rate|rate_percent",
    ),
    _column("lpr_tenor", False, "LPR期限|LPR品种|LPR类型|基准期限|tenor"),
    _column("spread_bp", False, "加点(BP)|加点|加点值|加点基点|浮动点数|LPR加点|spread"),
    _column("repricing", False, "重定价方式|重定价日|利率调整方式|利率重定价方式|repricing_rule"),
    _column("cycle_months", False, "重定价周期|重定价周期(月)|利率调整周期|repricing_cycle"),
    _column("lpr_since", False, "转LPR日期|LPR转换日|转换日期|lpr_conversion_date"),
    _column("home", False, "套数|首套二套|住房套数|房屋套数|首套/二套|home_order"),
    _column("first_due", False, "首期还款规则|首次还款规则|首期规则|first_due_rule"),
    _column(
        "first_due_date",
        False,
        "首期还款日期|首次还款日|首次还款日期|首个还款日期|first_due_on|first_payment_date",
    ),
    _column("product", False, "产品代码|产品|产品编号|贷款产品|product_code"),
    _column("email", False, "邮箱|电子邮箱|邮件地址|借款人邮箱|e-mail|mail"),
    _column(
        "account_manager", False, "客户经理|客户经理工号|客户经理编号|管户经理|管户客户经理|manager|staff_no"
    ),
    _column("as_of_date", False, "数据日期|截止日期|报表日期|统计日期|as_of|as of date|data_date"),
    _column("balance", False, "剩余本金|贷款余额|本金余额|余额|outstanding_principal|outstanding"),
    _column(
        "next_instalment", False, "下期应还|下期应还金额|下期月供|下期还款额|next_installment|next_payment"
    ),
    _column("days_past_due", False, "逾期天数|dpd|overdue_days"),
    _column("paid_periods", False, "已还期数|已还期次|paid_terms|periods_paid"),
    _column("co_borrower_name", False, "共同借款人|共同借款人姓名|共借人|共借人姓名|co-borrower"),
    _column(
        "co_borrower_id", False, "共同借款人身份证号|共借人身份证号|共同借款人证件号码|co_borrower_id_number"
    ),
    _column("co_borrower_phone", False, "共同借款人手机号|共借人手机号|共同借款人手机|共同借款人电话"),
)

PAYMENT_COLUMNS = (
    _column(
        "payment_ref",
        True,
        "还款流水号|流水号|交易流水号|交易号|还款编号|reference|transaction_id|ref|external_ref",
    ),
    _column(
        "loan_no",
        True,
        "贷款合同编号|合同号|合同编号|贷款编号|贷款合同号|借据号|借据编号|贷款账号|loan number|loan id|contract_no",
    ),
    _column("amount", True, "还款金额|实还金额|金额|交易金额|入账金额|amount_yuan|paid_amount"),
    _column("paid_date", True, "还款日期|入账日期|交易日期|到账日期|还款日|paid_on|payment_date|value_date"),
    _column("channel", False, "还款渠道|渠道|交易渠道|还款方式|payment_channel"),
)

COLUMNS = {"loans": LOAN_COLUMNS, "payments": PAYMENT_COLUMNS}

_NOISE = re.compile(r"[\s_\-*:/.]+")
_UNIT = re.compile(r"\((?:元|%|bp|个基点|月|天|日|人民币元|yuan|cny|rmb|percent|months?|days?)\)$")


def header_key(text: str) -> str:
    """A header without what does not matter: width, case, spaces, punctuation, a unit in brackets at its end."""
    plain = unicodedata.normalize("NFKC", text).replace("\ufeff", "").strip().strip("'’\"").casefold()
    return _NOISE.sub("", _UNIT.sub("", _NOISE.sub("", plain)))


@dataclass(frozen=True, slots=True)
class Header:
    """Where each known column stands, and what was not understood."""

    at: dict[str, int]
    unknown: tuple[str, ...]
    missing: tuple[Column, ...]
    doubled: tuple[str, ...]


def match_header(cells: Sequence[str], columns: Sequence[Column]) -> Header:
    """Find the columns in a header line. The first of two headers that mean one column is used; the second is told."""
    meaning = {
        header_key(text): column.name
        for column in columns
        for text in (column.name, column.zh, *column.aliases)
    }
    at: dict[str, int] = {}
    unknown, doubled = [], []
    for index, text in enumerate(cells):
        name = meaning.get(header_key(text))
        if name is None:
            if text.strip():
                unknown.append(text.strip()[:60])
        elif name in at:
            doubled.append(text.strip()[:60])
        else:
            at[name] = index
    missing = tuple(column for column in columns if column.required and column.name not in at)
    return Header(at, tuple(unknown), missing, tuple(doubled))
