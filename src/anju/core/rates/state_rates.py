"""Rates set by the state: the housing provident fund (公积金), and the benchmark lending rates (贷款基准利率).

Each is a table of dated rows, by class of term. A date before the first row is an error that says what to load:
a rate is reported missing, never guessed.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from anju.core.checks import bad, iso_date
from anju.core.errors import ProvidentRateMissing, RateMissing
from anju.core.money import percent_to_ppm

LONG_TERM_MONTHS_OVER = 60
"""Over 5 years: the class of term by which LPR tenors and state rates are published."""

SHORT_TERM_MONTHS_MAX = 12


class BenchmarkRateMissing(RateMissing):
    """No benchmark lending rate is loaded for this date."""


@dataclass(frozen=True, slots=True)
class ProvidentRow:
    """Provident fund rates from a date on, ppm; `floor` means lowest allowed (second homes)."""

    effective_on: date
    up_to_5y_ppm: int
    over_5y_ppm: int
    floor: bool
    document: str

    def rate_ppm(self, months: int) -> int:
        """Rate for a term in months."""
        return self.over_5y_ppm if months > LONG_TERM_MONTHS_OVER else self.up_to_5y_ppm


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
                raise bad(
                    "provident_rates", f"{row['home']} {row['rate_kind']}", "first | second, exact | floor"
                )
            parsed = ProvidentRow(
                iso_date(row["effective_date"]),
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
class BenchmarkRow:
    """Benchmark lending rates from a date on, ppm, by class of term."""

    effective_on: date
    up_to_1y_ppm: int
    from_1y_to_5y_ppm: int
    over_5y_ppm: int
    document: str

    def rate_ppm(self, months: int) -> int:
        """Rate for a term in months: up to 1 year, over 1 up to 5, over 5."""
        if months > LONG_TERM_MONTHS_OVER:
            return self.over_5y_ppm
        return self.up_to_1y_ppm if months <= SHORT_TERM_MONTHS_MAX else self.from_1y_to_5y_ppm


@dataclass(frozen=True, slots=True)
class BenchmarkTable:
    """Benchmark lending rates in order of date. Shipped: the last row, of 2015-10-24; a bank loads older ones."""

    rows: tuple[BenchmarkRow, ...]

    @classmethod
    def parse(cls, rows: Iterable[Mapping[str, str]]) -> "BenchmarkTable":
        """Rows of `benchmark_rates.csv` as dicts (`effective_date`, `rate_le_1y_pct`, `rate_1y_5y_pct`,
        `rate_gt_5y_pct`, `document`). Raises BadInput.
        """
        parsed = sorted((_benchmark_row(row) for row in rows), key=lambda row: row.effective_on)
        if len({row.effective_on for row in parsed}) != len(parsed):
            raise bad("effective_date", "two rows of one date", "one row a date")
        return cls(tuple(parsed))

    def in_force(self, on: date) -> BenchmarkRow:
        """The row in force on a date. Raises BenchmarkRateMissing, naming the file to load rows into."""
        at = bisect_right([row.effective_on for row in self.rows], on)
        if at == 0:
            first = self.rows[0].effective_on if self.rows else "-"
            zh = f"没有 {on} 的贷款基准利率：请在 benchmark_rates.csv 中补录 {first} 之前的行并加载"
            en = f"no benchmark lending rate for {on}: load rows before {first} into benchmark_rates.csv"
            raise BenchmarkRateMissing("benchmark", on, zh, en)
        return self.rows[at - 1]


NO_BENCHMARK = BenchmarkTable(())
"""For books without loans of the benchmark era: every question is an error."""


def _benchmark_row(row: Mapping[str, str]) -> BenchmarkRow:
    return BenchmarkRow(
        iso_date(row["effective_date"], field="effective_date"),
        percent_to_ppm(row["rate_le_1y_pct"], field="rate_le_1y_pct"),
        percent_to_ppm(row["rate_1y_5y_pct"], field="rate_1y_5y_pct"),
        percent_to_ppm(row["rate_gt_5y_pct"], field="rate_gt_5y_pct"),
        row["document"],
    )
