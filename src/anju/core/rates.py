"""LPR and provident fund tables, repricing, and the rate path of one loan (facts sections 1 and 2; S4-004,
S4-006).

Rates are ppm a year (3.50 % = 35 000), spreads basis points (1 bp = 100 ppm, may be negative).

Conventions, each a contract parameter elsewhere:

- LPR chosen on a payout or repricing date: the last one published *before* the date
  (`repricing_lpr_selection`; on 2022-05-20 that is 4.60, not the 4.45 of the day).
  `last_published_on_or_before` is the other contract wording.
- Repricing on 1 January, or on the anniversary of payout clamped at month end without drift, every
  `cycle_months`. Cycles of 3 or 6 months reprice on 1 January or the anniversary and every 3 or 6 months from
  there.
- No repricing on or after the end of the term. Provident loans: first January after payout and each one after
  it; terms up to one year keep their rate.
- A month whose LPR should have been published before the date but is not loaded raises LprMissing, or, if
  allowed, the last known LPR is used and the step is marked provisional.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from anju.core.dates import add_months
from anju.core.errors import BadInput, LprMissing, ProvidentRateMissing
from anju.core.money import PPM_MAX, PPM_PER_BP, percent_to_ppm, ppm_to_percent_text
from anju.core.working_time import WorkCalendar

Tenor = Literal["1y", "5y"]
LprSelection = Literal["last_published_before", "last_published_on_or_before"]
PUBLICATION_DAY = 20


@dataclass(frozen=True, slots=True)
class LprTable:
    """Published LPR rows in order of date: publication dates, 1-year and 5-year rates in ppm."""

    dates: tuple[date, ...]
    lpr_1y_ppm: tuple[int, ...]
    lpr_5y_ppm: tuple[int, ...]

    @classmethod
    def parse(cls, rows: Iterable[Mapping[str, str]]) -> "LprTable":
        """Rows of `lpr.csv` as dicts (`date`, `lpr_1y`, `lpr_5y` in percent). Raises BadInput."""
        parsed = sorted(
            (_date(row["date"]), percent_to_ppm(row["lpr_1y"]), percent_to_ppm(row["lpr_5y"])) for row in rows
        )
        dates = tuple(row[0] for row in parsed)
        if len({(on.year, on.month) for on in dates}) != len(dates):
            raise _bad("lpr", "two rows in one month", "one row a month")
        return cls(dates, tuple(row[1] for row in parsed), tuple(row[2] for row in parsed))

    def selected(
        self, on: date, selection: LprSelection, calendar: WorkCalendar | None = None
    ) -> tuple[int, bool]:
        """Index of the row that counts on a date, and whether a later publication is due but not loaded.

        Raises LprMissing before the first publication (2019-08-20).
        """
        same_day = selection == "last_published_on_or_before"
        index = (bisect_right(self.dates, on) if same_day else bisect_left(self.dates, on)) - 1
        if index < 0:
            raise LprMissing("lpr", on, f"{on} 之前没有 LPR", f"no LPR was published before {on}")
        expected = last_publication_on(on if same_day else on - timedelta(days=1), calendar)
        found = self.dates[index]
        return index, (found.year, found.month) < (expected.year, expected.month)

    def rate_ppm(self, index: int, tenor: Tenor) -> int:
        """Rate of a row."""
        return (self.lpr_1y_ppm if tenor == "1y" else self.lpr_5y_ppm)[index]


def publication_on(year: int, month: int, calendar: WorkCalendar | None = None) -> date:
    """Publication day of a month: the 20th, else the next working day (make-up workdays count)."""
    return (calendar or _WEEKDAYS).working_day_on_or_after(date(year, month, PUBLICATION_DAY))


def last_publication_on(on: date, calendar: WorkCalendar | None = None) -> date:
    """The latest publication day not after a date, by the rule."""
    this_month = publication_on(on.year, on.month, calendar)
    if this_month <= on:
        return this_month
    before = on.replace(day=1) - timedelta(days=1)
    return publication_on(before.year, before.month, calendar)


@dataclass(frozen=True, slots=True)
class ProvidentRow:
    """Provident fund rates from a date on, ppm; `floor` means lowest allowed (second homes)."""

    effective_on: date
    up_to_5y_ppm: int
    over_5y_ppm: int
    floor: bool
    document: str


@dataclass(frozen=True, slots=True)
class ProvidentTable:
    """Provident fund rates by home ("first", "second"), in order of date."""

    rows: Mapping[str, tuple[ProvidentRow, ...]]

    @classmethod
    def parse(cls, rows: Iterable[Mapping[str, str]]) -> "ProvidentTable":
        """Rows of `provident_rates.csv` as dicts. Raises BadInput."""
        grouped: dict[str, list[ProvidentRow]] = {}
        for row in rows:
            if row["home"] not in ("first", "second") or row["rate_kind"] not in ("exact", "floor"):
                raise _bad(
                    "provident_rates", f"{row['home']} {row['rate_kind']}", "first | second, exact | floor"
                )
            parsed = ProvidentRow(
                _date(row["effective_date"]),
                percent_to_ppm(row["rate_le_5y_pct"]),
                percent_to_ppm(row["rate_gt_5y_pct"]),
                row["rate_kind"] == "floor",
                row["document"],
            )
            grouped.setdefault(row["home"], []).append(parsed)
        ordered = {
            home: tuple(sorted(same, key=lambda each: each.effective_on)) for home, same in grouped.items()
        }
        return cls(ordered)

    def in_force(self, home: str, on: date) -> ProvidentRow:
        """The row in force on a date. Raises ProvidentRateMissing."""
        rows = self.rows.get(home, ())
        at = bisect_right([row.effective_on for row in rows], on)
        if at == 0:
            zh, en = f"没有 {on} 的公积金贷款利率（{home}）", f"no provident fund rate ({home}) for {on}"
            raise ProvidentRateMissing("provident", on, zh, en)
        return rows[at - 1]


@dataclass(frozen=True, slots=True)
class RateTables:
    """Everything `rate_path` reads. Without a calendar, LPR publication days follow Monday to Friday only."""

    lpr: LprTable
    provident: ProvidentTable
    calendar: WorkCalendar | None = None


@dataclass(frozen=True, slots=True)
class SpreadChange:
    """An agreed change of the spread, effective at once on the LPR in use (e.g. -30 bp on 2024-10-25)."""

    on: date
    spread_bp: int


@dataclass(frozen=True, slots=True)
class RateTerms:
    """How a contract fixes its rate.

    fixed: `fixed_ppm`. lpr: LPR of the tenor (None: 5y for more than 60 months, else 1y) + `spread_bp`.
    provident: the state rate of `home`; for a second home `spread_bp` may raise it above the floor.

    An lpr loan may carry `fixed_ppm` and `lpr_since`: it starts at that fixed rate and reprices only on
    repricing dates from `lpr_since` on (a staged rate 阶段性利率, or a benchmark loan converted in 2020).
    """

    kind: Literal["fixed", "lpr", "provident"]
    fixed_ppm: int | None = None
    tenor: Tenor | None = None
    spread_bp: int = 0
    repricing: Literal["january_1", "anniversary"] = "january_1"
    cycle_months: int = 12
    home: Literal["first", "second"] = "first"
    lpr_selection: LprSelection = "last_published_before"
    spread_changes: tuple[SpreadChange, ...] = ()
    lpr_since: date | None = None

    def __post_init__(self) -> None:
        if self.kind not in ("fixed", "lpr", "provident"):
            raise _bad("rate_kind", self.kind, "fixed | lpr | provident")
        if self.kind == "fixed" and self.fixed_ppm is None:
            raise _bad("fixed_ppm", None, "0 .. 360000")
        if self.fixed_ppm is not None and not 0 <= self.fixed_ppm <= PPM_MAX:
            raise _bad("fixed_ppm", self.fixed_ppm, "0 .. 360000")
        if (self.kind == "lpr" and self.fixed_ppm is not None) != (self.lpr_since is not None):
            raise _bad("lpr_since", self.lpr_since, "lpr: given together with fixed_ppm")
        if self.repricing not in ("january_1", "anniversary"):
            raise _bad("repricing", self.repricing, "january_1 | anniversary")
        if self.cycle_months not in (3, 6) and (self.cycle_months < 12 or self.cycle_months % 12):
            raise _bad("cycle_months", self.cycle_months, "3 | 6 | 12 or whole years")
        if self.kind == "provident" and (self.spread_bp < 0 or (self.spread_bp and self.home == "first")):
            raise _bad("spread_bp", self.spread_bp, "provident: 0, or above the floor of a second home")


@dataclass(frozen=True, slots=True)
class RateStep:
    """The loan runs at this rate from this day on. A repricing that changes nothing is a step too."""

    effective_on: date
    rate_ppm: int
    why_zh: str
    why_en: str
    source: str
    provisional: bool = False


def rate_path(
    terms: RateTerms,
    start_on: date,
    months: int,
    tables: RateTables,
    until: date,
    *,
    allow_missing: bool = False,
) -> tuple[RateStep, ...]:
    """Rate steps of a loan paid out on `start_on` for `months`, up to and including `until`; the first is at
    payout.

    Raises LprMissing for an LPR that is due but not loaded, unless `allow_missing`; ProvidentRateMissing;
    BadInput when a rate leaves 0..36 %.
    """
    end = min(until, add_months(start_on, months) - timedelta(days=1))
    if terms.kind == "fixed":
        return (_fixed_step(terms, start_on),)
    if terms.kind == "provident":
        return tuple(_provident_steps(terms, start_on, months, tables.provident, end))
    return tuple(_lpr_steps(terms, start_on, months, tables, end, allow_missing))


def rate_on(path: Sequence[RateStep], on: date) -> int:
    """Rate in force on a day, ppm. Raises ValueError before the first step."""
    for step in reversed(path):  # a path is short and the day asked for is mostly late in it
        if step.effective_on <= on:
            return step.rate_ppm
    raise ValueError(f"the rate path has no rate on {on}")


def repricing_dates(terms: RateTerms, start_on: date, end: date) -> Iterator[date]:
    """Repricing dates after payout, up to and including `end`."""
    base = date(start_on.year, 1, 1) if terms.repricing == "january_1" else start_on
    step = 1
    while (on := add_months(base, terms.cycle_months * step)) <= end:
        if on > start_on:
            yield on
        step += 1


def _fixed_step(terms: RateTerms, start_on: date) -> RateStep:
    ppm = terms.fixed_ppm or 0
    text = ppm_to_percent_text(ppm)
    return RateStep(start_on, ppm, f"合同约定利率 {text}%", f"contract rate {text}%", "contract")


def _provident_steps(
    terms: RateTerms, start_on: date, months: int, table: ProvidentTable, end: date
) -> Iterator[RateStep]:
    yearly = RateTerms("provident", home=terms.home)
    dates = [start_on, *(repricing_dates(yearly, start_on, end) if months > 12 else ())]
    for on in dates:
        row = table.in_force(terms.home, on)
        base = row.up_to_5y_ppm if months <= 60 else row.over_5y_ppm
        ppm = base + terms.spread_bp * PPM_PER_BP
        text = ppm_to_percent_text(ppm)
        when_zh, when_en = (
            ("放款日", "payout") if on == start_on else ("1 月 1 日调整", "1 January adjustment")
        )
        yield RateStep(
            on,
            ppm,
            f"{when_zh}：公积金贷款利率 {text}%（{row.effective_on} 起）",
            f"{when_en}: provident fund rate {text}% (in force from {row.effective_on})",
            f"provident:{row.effective_on}",
        )


def _lpr_steps(
    terms: RateTerms, start_on: date, months: int, tables: RateTables, end: date, allow_missing: bool
) -> Iterator[RateStep]:
    tenor: Tenor = terms.tenor or ("5y" if months > 60 else "1y")
    spread = terms.spread_bp
    changes = {change.on: change.spread_bp for change in terms.spread_changes if change.on <= end}
    dates = {on for on in repricing_dates(terms, start_on, end) if on >= (terms.lpr_since or start_on)}
    if terms.fixed_ppm is not None:
        yield _fixed_step(terms, start_on)
    else:
        dates.add(start_on)
    index, provisional = -1, False
    for on in sorted(dates | {on for on in changes if on > start_on}):
        spread = changes.get(on, spread)
        if on in dates:
            index, provisional = tables.lpr.selected(on, terms.lpr_selection, tables.calendar)
        if provisional and not allow_missing:
            due = last_publication_on(on, tables.calendar)
            known = tables.lpr.dates[-1]
            zh = f"{on} 所需的 LPR 尚未录入（最后一期 {known}，应有 {due:%Y-%m} 或上月）"
            raise LprMissing("lpr", on, zh, f"the LPR needed on {on} is not loaded (last known {known})")
        if index >= 0:
            yield _lpr_step(on, on in dates, on == start_on, tables.lpr, index, tenor, spread, provisional)


def _lpr_step(
    on: date,
    repriced: bool,
    payout: bool,
    lpr: LprTable,
    index: int,
    tenor: Tenor,
    spread: int,
    provisional: bool,
) -> RateStep:
    published, base = lpr.dates[index], lpr.rate_ppm(index, tenor)
    ppm = base + spread * PPM_PER_BP
    if not 0 <= ppm <= PPM_MAX:
        raise _bad("rate", ppm_to_percent_text(ppm), "0 .. 36 (%)")
    when_zh, when_en = ("放款日", "payout") if payout else ("重定价日", "repricing")
    if not repriced:
        when_zh, when_en = "加点调整", "spread change"
    sums = f"{ppm_to_percent_text(base)}% {'+' if spread >= 0 else '-'} {abs(spread)}"
    total = ppm_to_percent_text(ppm)
    return RateStep(
        on,
        ppm,
        f"{when_zh}:{published} LPR({tenor}){sums} 个基点 = {total}%",
        f"{when_en}: LPR {tenor} of {published} {sums} bp = {total}%",
        f"lpr:{tenor}:{published}",
        provisional,
    )


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise _bad("date", text, "YYYY-MM-DD") from error


def _bad(field: str, value: object, allowed: str) -> BadInput:
    return BadInput(
        field=field,
        value=value,
        allowed=allowed,
        message_zh=f"{field} 无效，应为 {allowed}",
        message_en=f"{field} is not valid, expected {allowed}",
    )


_WEEKDAYS = WorkCalendar({}, frozenset())
