"""Every field that a question about a loan may have: name, both names for people, form, default, example.

One table for all faces: the command line makes its options of it, the API its schema, the reference its page, and
`values.py` refuses whatever is not in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from anju.contexts.consulting import words

EVENTS_MAX = 120
TEXT_MAX = 200


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `form`: yuan | percent | whole | date | word | flag | bp | text; `many`: may be given again.

    `low` and `high` bound whole numbers, `low` amounts in fen; `default` is what holds when it is not given, in words.
    """

    name: str
    zh: str
    en: str
    form: str
    example: str = ""
    default: str = ""
    many: bool = False
    required: bool = False
    low: int = 0
    high: int = 0
    choices: Mapping[str, str] = field(default_factory=dict)

    @property
    def option(self) -> str:
        """The option of the command line."""
        return "--" + self.name.replace("_", "-")


def _word(name: str, zh: str, en: str, choices: Mapping[str, str], default: str = "", **more: str) -> Field:
    return Field(name, zh, en, "word", more.get("example", default), default, choices=choices)


PRINCIPAL = Field(
    "principal", "贷款金额（元）", "amount of the loan, yuan", "yuan", "1000000", required=True, low=1
)
MONTHS = Field("months", "期限（月）", "term in months", "whole", "360", required=True, low=1, high=480)
AS_OF = Field(
    "as_of", "按哪一天的规则和利率", "rules and rates as of this day", "date", "2026-09-30", "今天 today"
)

RATE = (
    Field("rate", "年利率（%）", "annual rate, percent", "percent", "3.5"),
    Field(
        "rate_step",
        "手工给出的利率变动 日期:年利率[:说明]",
        "a change of the rate by hand, DATE:PERCENT[:why]",
        "text",
        "2027-01-01:3.30",
        many=True,
    ),
    Field(
        "lpr_spread_bp", "LPR 加点（基点，可为负）", "spread over the LPR in bp, may be negative", "bp", "-30"
    ),
    _word("lpr_tenor", "LPR 期限品种", "tenor of the LPR", words.TENORS, "按期限 by term", example="5y"),
    _word("lpr_selection", "重定价日取哪一期 LPR", "which LPR a repricing takes", words.SELECTIONS, "before"),
    _word("repricing", "重定价日", "repricing date", words.REPRICINGS, "january-1"),
    Field(
        "cycle_months", "重定价周期（月）", "repricing cycle in months", "whole", "12", "12", low=3, high=480
    ),
    Field(
        "spread_change",
        "加点变更 日期:基点",
        "agreed change of the spread, DATE:BP",
        "text",
        "2024-10-25:-30",
        many=True,
    ),
    Field(
        "cycle_change",
        "重定价周期变更 日期:月数",
        "agreed change of the cycle, DATE:MONTHS",
        "text",
        "2024-11-01:3",
        many=True,
    ),
    Field(
        "lpr_since",
        "此日起才浮动（与 rate 合用：先固定后浮动）",
        "floats from this day on; with rate: fixed first, floating later",
        "date",
        "2029-01-01",
    ),
    _word(
        "provident",
        "公积金利率：首套或二套",
        "provident fund rate: first or second home",
        words.HOMES,
        example="first",
    ),
    Field(
        "benchmark_factor",
        "基准利率倍数（2019 年以前的贷款）",
        "multiple of the benchmark rate (loans before 2019)",
        "text",
        "0.85",
    ),
    Field(
        "conversion",
        "2020 年定价基准转换 日期:lpr|fixed",
        "conversion of 2020, DATE:lpr|fixed",
        "text",
        "2020-03-20:lpr",
    ),
)

PLAN = (
    _word("method", "还款方式", "repayment method", words.METHODS, "level"),
    Field("start", "放款日", "payout date", "date", "2026-03-10", "as_of"),
    Field(
        "due_day", "每月还款日", "due day of the month", "whole", "20", "放款日 day of payout", low=1, high=31
    ),
    Field(
        "first_due",
        "首期规则 next-month|first-due-day，或首个还款日期（放款后 24 个月内）",
        "rule of the first due date, next-month|first-due-day, or that date itself (up to 24 months after payout)",
        "text",
        "next-month",
        "next-month",
    ),
    Field(
        "stage",
        "还款阶段 方式[:期数][:over=摊还期数][:pay=约定月供][:every=间隔][:step=金额或比例%]",
        "a stage, METHOD[:PERIODS][:over=N][:pay=YUAN][:every=N][:step=YUAN or PERCENT%]",
        "text",
        "interest-only:12",
        many=True,
    ),
    Field(
        "amortise_over",
        "按多少期摊还（大于期限即气球贷）",
        "amortise over so many periods (more than the term: balloon)",
        "whole",
        "360",
        "期限 the term",
        low=1,
        high=480,
    ),
    Field(
        "step_every", "每隔几期递变", "stepped: change after so many", "whole", "12", "12", low=1, high=480
    ),
    Field("step", "递变金额（元）或比例（%）", "stepped: change in yuan, or percent with %", "text", "5%"),
    Field(
        "instalment",
        "贷款人约定的每期还款额（等额本金为每期本金），元",
        "instalment as the lender fixed it (equal principal: its principal part), yuan",
        "yuan",
        "4500",
        low=1,
    ),
)

CONVENTIONS = (
    _word("rounding", "舍入", "rounding to the fen", words.ROUNDINGS, "half-up"),
    _word("residue", "尾差放在", "which instalment takes the residue", words.RESIDUES, "last"),
    _word(
        "whole_period",
        "整期计息",
        "interest of whole periods: a twelfth, or days",
        words.WHOLE_PERIODS,
        "monthly",
    ),
    _word("year_days", "一年天数", "days of a year", words.YEAR_DAYS, "360"),
    _word("frequency", "还款频率", "frequency", words.FREQUENCIES, "monthly"),
    _word("levelling", "等额本息按月利率还是按各期实际天数计算", "level payment from the nominal rate, or from the days that periods have",
          words.LEVELLINGS, "nominal"),
    _word("broken_time", "零头期按天，或整月按月、零头按天", "broken periods by days, or whole months as months and the rest by days",
          words.BROKEN_TIMES, "days"),
    _word("broken_instalment", "零头期本金不变还是月供不变", "what a broken period keeps: its regular principal, or the instalment",
          words.BROKEN_INSTALMENTS, "regular"),
    _word("stub", "首个整期之前的利息", "interest before the first whole period", words.STUBS, "with-first"),
    _word("instalment_unit", "月供取整到", "instalments rounded to", words.UNITS, "fen"),
    _word("instalment_rounding", "月供的舍入", "rounding of instalments", words.UNIT_ROUNDINGS, "同 rounding as rounding", example="up"),
)  # fmt: skip

PENALTY = (
    Field(
        "penalty",
        "提前还款违约金 月龄:比例%[+月数m]，如 12:1%、36:2m",
        "penalty while the loan is younger than so many months, MONTHS:PERCENT%[+Nm]",
        "text",
        "12:1%",
        "无 none",
        many=True,
    ),
    Field(
        "penalty_free",
        "每年免违约金额度（元）",
        "yearly allowance free of penalty, yuan",
        "yuan",
        "50000",
        "0",
    ),
)

EVENT = Field(
    "event",
    "贷款期间的事件，见“事件写法”",
    "an event in the loan's life, see the event mini-language",
    "text",
    "prepay:2028-05-20:100000:shorten",
    many=True,
)

LOAN = (PRINCIPAL, MONTHS, *RATE, *PLAN, *CONVENTIONS, *PENALTY, EVENT, AS_OF)

ALSO = Field(
    "also",
    "同时的另一笔贷款 字段=值,…（其余同第一笔）：组合贷、本金分拆",
    "a second loan beside it, FIELD=VALUE,… (the rest as in the first): combination loan, split principal",
    "text",
    "principal=600000,provident=first",
    many=True,
)

HOUSEHOLD = (
    Field("income", "家庭月收入（元）", "monthly disposable income of the household, yuan", "yuan", "30000"),
    Field("debts", "其他债务月还款（元）", "other monthly debt payments, yuan", "yuan", "2000", "0"),
    Field("property_fee", "物业费（元/月）", "monthly property fee, yuan", "yuan", "300", "0"),
)
HOME = (
    _word("home", "首套或二套", "first or second home", words.HOMES, "first"),
    Field("price", "房价（元）", "price of the home, yuan", "yuan", "3000000", low=1),
    Field("area", "建筑面积（平方米）", "floor area, square metres", "text", "89.5"),
    Field("city", "城市代码（cities.toml）", "code of the city (cities.toml)", "text", "example_a"),
)
COMMERCIAL = (
    Field("rate", "商业贷款年利率（%）", "rate of the commercial loan, percent", "percent", "3.05"),
    Field("lpr_spread_bp", "商业贷款 LPR 加点（基点）", "spread of the commercial loan over the LPR, bp", "bp", "-45"),
    Field(
        "fee", "费用 名称:金额[:upfront|monthly|yearly]", "a fee, NAME:YUAN[:upfront|monthly|yearly]", "text",
        "appraisal:1500:upfront", many=True,
    ),
)  # fmt: skip
FUND = (
    Field("fund_limit", "公积金可贷额度（元）", "limit of the provident fund, yuan", "yuan", "1000000"),
    Field("fund_rate", "公积金年利率（%），不填按公布利率", "rate of the fund, percent; as published unless given", "percent", "2.6"),
    Field("fund_months_max", "公积金最长期限（月）", "longest term of the fund, months", "whole", "360", "480", low=1, high=480),
)  # fmt: skip

TERMS_ASKED = Field(
    "months", "考虑的期限（月）", "terms to look at, months", "whole", "360", many=True, required=True, low=1, high=480
)  # fmt: skip
METHODS_ASKED = Field(
    "method", "考虑的还款方式", "methods to look at", "word", "level", "两种都看 both", many=True, choices=words.METHODS
)  # fmt: skip

COMPARE = (
    PRINCIPAL,
    TERMS_ASKED,
    METHODS_ASKED,
    *COMMERCIAL,
    *FUND,
    *HOUSEHOLD,
    Field(
        "payment_max", "期望的最高月供（元）", "highest instalment wished for, yuan", "yuan", "9000", low=1
    ),
    *HOME,
    Field(
        "shift_bp",
        "商业利率若变动多少基点",
        "what if the commercial rate moves by so many bp",
        "bp",
        "25",
        many=True,
    ),
    Field("income_drop", "收入若下降百分之几", "what if the income falls by so many percent", "whole", "20", many=True, low=1, high=100),
    Field("marginal_rate", "个税最高适用税率（%），算专项附加扣除", "highest income-tax bracket, percent",
          "whole", "10", low=0, high=45),
    Field("rent_deducted", "是否已享受住房租金扣除", "whether the rent deduction is used", "flag", "no", "no", choices=words.FLAGS),
    Field(
        "refinancing", "是否置换贷款", "whether it refinances a loan", "flag", "no", "no", choices=words.FLAGS
    ),
    AS_OF,
)  # fmt: skip

PREPAY = (
    *LOAN,
    Field("on", "提前还款日", "day of the prepayment", "date", "2028-05-20", required=True),
    Field(
        "amount",
        "提前归还的本金（元），不填为结清",
        "principal prepaid, yuan; left out: payoff",
        "yuan",
        "100000",
        low=1,
    ),
    _word(
        "interest",
        "当期利息怎么付",
        "how the interest to the day is paid",
        words.PREPAY_INTEREST,
        "on-prepaid",
    ),
    Field("fee", "约定的违约金（元），代替合同规则", "penalty agreed instead of the rule, yuan", "yuan", "0"),
)

PERSON = (
    Field("born", "借款人出生日期", "date of birth of the borrower", "date", "1990-05-01", required=True),
    _word("group", "退休类别", "group for the retirement age", words.GROUPS, "men"),
    Field("income", "借款人月收入（元）", "monthly disposable income of the borrower, yuan", "yuan", "25000", required=True),
    Field("debts", "借款人其他债务月还款（元）", "other monthly debt payments of the borrower, yuan", "yuan", "2000", "0"),
    _word("household", "户籍", "household registration", words.HOUSEHOLDS, "local"),
    Field("local_months", "本地社保或个税月数", "months of social insurance or tax in the city", "whole", "60", "0", high=1200),
    Field("residence_months", "境外人士境内居留月数", "months of residence of a foreigner", "whole", "24", "0", high=1200),
    Field(
        "person", "其他借款人或配偶 role=spouse,born=日期,income=元[,debts=元][,group=…][,checked=yes]",
        "another applicant, role=spouse,born=DATE,income=YUAN[,debts=YUAN][,group=…][,checked=yes]",
        "text", "role=spouse,born=1992-02-03,income=12000", many=True,
    ),
)  # fmt: skip

AFFORD = (
    *PERSON,
    Field("property_fee", "物业费（元/月）", "monthly property fee, yuan", "yuan", "300", "0"),
    Field("savings", "可用于首付的积蓄（元）", "savings for the down payment, yuan", "yuan", "900000"),
    Field("down", "首付（元），不填为房价减贷款", "down payment, yuan; default: price less loan", "yuan", "900000"),
    Field("borrowed_down", "首付中借来的（元）", "part of the down payment that is borrowed, yuan", "yuan", "0", "0"),
    Field("principal", "贷款金额（元），不填为房价减首付", "amount of the loan, yuan; default: price less down", "yuan", "2100000", low=1),
    Field("months", "期限（月）", "term in months", "whole", "360", "360", low=1, high=480),
    _word("method", "还款方式", "repayment method", words.METHODS, "level"),
    *COMMERCIAL[:2],
    *HOME,
    Field(
        "fund_account", "公积金账户 balance=余额,deposit=月缴存,months=连续缴存月数（依次为借款人、person 中的各人）",
        "provident fund account, balance=YUAN,deposit=YUAN,months=N (the borrower's, then those of each person)",
        "text", "balance=80000,deposit=3000,months=60", many=True,
    ),
    Field(
        "uplift", "公积金额度上浮项目（所在城市的代码）", "uplift of the provident cap (a code of the city)",
        "text", "children", many=True,
    ),
    Field("appraised", "评估价（元）", "appraised value, yuan", "yuan", "3000000", low=1),
    Field("homes_owned", "已有住房套数", "homes owned before", "whole", "0", "0", high=100),
    Field("building_age", "楼龄（年）", "age of the building, years", "whole", "5", "0", high=200),
    Field("titled", "能否办理产权登记", "whether its title can be registered", "flag", "yes", "yes", choices=words.FLAGS),
    Field("self_use", "是否自住", "whether for own use", "flag", "yes", "yes", choices=words.FLAGS),
    AS_OF,
)  # fmt: skip

SPLIT = (
    PRINCIPAL,
    MONTHS,
    Field(
        "method", "还款方式（先公积金，后商业）", "method, of the fund first, then of the bank", "word", "level", "level",
        many=True, choices=words.METHODS,
    ),
    _word("objective", "按什么最优", "what to be best at", words.OBJECTIVES, "三种都算 all three", example="cost"),
    *COMMERCIAL,
    *FUND,
    *HOUSEHOLD,
    *HOME,
    AS_OF,
)  # fmt: skip

EXPLAIN = (
    *LOAN,
    Field("seq", "解释第几期", "the instalment to explain", "whole", "25", "1", low=1, high=2000),
    Field(
        "what",
        "解释某个尚未发生的事件（写法同 event）",
        "or an event on top of the others, written as in event",
        "text",
        "prepay:2028-05-20:100000",
    ),
)

RATE_ON = (MONTHS, *RATE, Field("start", "放款日", "payout date", "date", "2020-05-25", required=True),
           Field("on", "哪一天", "the day asked about", "date", "2026-03-01", "as_of"), AS_OF)  # fmt: skip

COMMANDS: Mapping[str, tuple[Field, ...]] = {
    "schedule": (*LOAN, ALSO),
    "compare": COMPARE,
    "prepay": PREPAY,
    "afford": AFFORD,
    "split": SPLIT,
    "explain": EXPLAIN,
    "rate": RATE_ON,
}
