"""Single values from files and forms."""

from collections.abc import Callable
from datetime import date

import pytest

from anju.core import tape_rules as rules
from anju.core.csv_rows import csv_rows
from anju.core.errors import BadInput

ON = date(2026, 9, 1)
METHODS = {"level_payment": ("等额本息", "EMI"), "level_principal": ("等额本金",)}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("11010519491231002X", "11010519491231002X"),
        ("11010519491231002x", "11010519491231002X"),
        (" 110105 19491231 002X ", "11010519491231002X"),
        ("１１０１０５１９４９１２３１００２Ｘ", "11010519491231002X"),
        ("440308199901101512", "440308199901101512"),
    ],
)
def test_id_numbers(text: str, value: str) -> None:  # S2-04
    assert rules.id_number(text, ON) == value


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "18 位"),
        ("110105491231002", "18 位"),  # the 15-digit form ended in 2013
        ("1101051949123100X2", "18 位"),
        ("110105194912310022", "校验码"),
        ("11010519491231003X", "校验码"),
        ("110105194913310021", "出生日期"),  # month 13
        ("110105202609020019", "出生日期"),  # born the day after
        ("110105189912310023", "出生日期"),
    ],
)
def test_bad_id_numbers(text: str, why: str) -> None:  # S2-04
    with pytest.raises(BadInput, match=why) as caught:
        rules.id_number(text, ON)
    assert text == "" or text not in str(caught.value)


def test_a_person_born_today_has_an_id_number() -> None:
    assert rules.birth_date(rules.id_number("110105202609020019", date(2026, 9, 2))) == date(2026, 9, 2)


@pytest.mark.parametrize(
    "text",
    [
        "13800138000", "138 0013 8000", "138-0013-8000", "+8613800138000", "+86 138 0013 8000",
        "86-13800138000",
        "008613800138000", "１３８００１３８０００", "(+86)13800138000", "\u00a013800138000",
    ],
)  # fmt: skip
def test_mobile_phones(text: str) -> None:  # S2-04
    assert rules.mobile_phone(text) == "13800138000"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "12800138000",
        "1380013800",
        "138001380000",
        "+85213800138000",
        "010-62345678",
        "1380013800a",
        "13800138000/1",
    ],
)
def test_bad_mobile_phones(text: str) -> None:  # S2-04
    with pytest.raises(BadInput, match="手机号"):
        rules.mobile_phone(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Li.Lei@Example.COM", "Li.Lei@example.com"),
        ("a+b@mail.bank.cn", "a+b@mail.bank.cn"),
        ("ｌｉ＠example.com", "li@example.com"),
    ],
)
def test_emails(text: str, value: str) -> None:
    assert rules.email(text) == value


@pytest.mark.parametrize(
    "text",
    ["", "li", "li@", "@a.cn", "li@a", "li@@a.cn", "l i@a.cn", ".li@a.cn", "l..i@a.cn", "li@-a.cn", "李@a.cn",
     "a@" + "b" * 250 + ".cn"],
)  # fmt: skip
def test_bad_emails(text: str) -> None:
    with pytest.raises(BadInput, match="邮箱"):
        rules.email(text)


@pytest.mark.parametrize("text", ["1", "HT-2024-000123", "贷〔2024〕第001号", "A" * 40])
def test_loan_numbers(text: str) -> None:
    assert rules.loan_no(text) == text


@pytest.mark.parametrize("text", ["", " ", "A" * 41, "-1", "a b", "=1+1", "a\tb", "<x>"])
def test_bad_loan_numbers(text: str) -> None:
    with pytest.raises(BadInput, match="贷款编号"):
        rules.loan_no(text)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-02",
        "2026/11/02",
        "20261102",
        "2026年11月02日",
        "2026年11月2日",
        "2026/11/2",
        "2026-11-2",
        "２０２６－１１－０２",
    ],
)
def test_dates(text: str) -> None:
    assert rules.iso_or_chinese_date(text) == date(2026, 11, 2)


@pytest.mark.parametrize(
    "text",
    ["", "2026-02-29", "2026-13-01", "02/11/2026", "2026-11/02", "2026112", "2026年11月2", "2026-11-02日",
     "26-11-02",
     "2026-11-02 00:00", "0000-01-01", "46328"],
)  # fmt: skip
def test_bad_dates(text: str) -> None:
    with pytest.raises(BadInput, match="日期无效"):
        rules.iso_or_chinese_date(text, field="payout_date")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("level_payment", "level_payment"),
        ("等额本息", "level_payment"),
        ("emi", "level_payment"),
        (" 等额本金 ", "level_principal"),
    ],
)
def test_enums(text: str, code: str) -> None:
    assert rules.enum_value(text, METHODS, field="method") == code


def test_a_bad_enum_names_what_is_allowed() -> None:
    with pytest.raises(BadInput, match="等额本金") as caught:
        rules.enum_value("气球贷", METHODS, field="method")
    assert (caught.value.field, caught.value.value) == ("method", "气球贷")


def test_whole_numbers() -> None:
    assert rules.whole_number("３６０", 1, 480, field="months") == 360
    for text in ("", "0", "481", "36.0", "-1", "1e2"):
        with pytest.raises(BadInput):
            rules.whole_number(text, 1, 480, field="months")


@pytest.mark.parametrize(("text", "ppm"), [
    ("-30", -3_000), ("+55", 5_500), ("0", 0), ("-22.5", -2_250), ("−63.5", -6_350), ("１０.0", 1_000), ("0.01", 1),
    ("-500", -50_000), ("500.00", 50_000),
])  # fmt: skip
def test_a_spread_may_have_parts_of_a_basis_point(text: str, ppm: int) -> None:  # S2-04, S4-006
    assert rules.spread_ppm(text, -500, 500, field="spread_bp") == ppm


@pytest.mark.parametrize("text", ["", "501", "-500.01", "--1", "0.001", "1e2", "5,0", "nan"])
def test_a_bad_spread_names_its_range(text: str) -> None:
    with pytest.raises(BadInput, match=r"-500 .* 500") as caught:
        rules.spread_ppm(text, -500, 500, field="spread_bp")
    assert (caught.value.field, caught.value.value) == ("spread_bp", text)
    assert "两位小数" in caught.value.message_zh


@pytest.mark.parametrize(
    ("mask", "value", "masked"),
    [
        (rules.mask_id_number, "11010519491231002X", "110***********002X"),
        (rules.mask_id_number, "123", "***"),
        (rules.mask_phone, "13800138000", "138****8000"),
        (rules.mask_phone, "62345678", "********"),
        (rules.mask_name, "张伟", "张*"),
        (rules.mask_name, "张小伟", "张**"),
        (rules.mask_name, "欧阳娜娜", "欧阳**"),
        (rules.mask_name, "欧阳", "欧*"),
        (rules.mask_name, "李", "*"),
        (rules.mask_name, "", ""),
    ],
)
def test_masks(mask: Callable[[str], str], value: str, masked: str) -> None:  # S4-133
    assert mask(value) == masked


def test_csv_rows_ignore_a_byte_order_mark_and_outer_space() -> None:
    assert csv_rows("\ufeffa,b\n 1 ,\n") == ({"a": "1", "b": ""},)
