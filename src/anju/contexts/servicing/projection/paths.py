"""Rate paths of tape rows, shared between loans that differ in the spread only, with a shift of the market laid on."""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal, cast

import numpy as np
from numpy.typing import NDArray

from anju.contexts.servicing.projection.reading import ABSENT, word
from anju.core.basis_points import ppm_to_bp
from anju.core.dates import add_months
from anju.core.engine.columns import RatePaths
from anju.core.errors import BadInput, RateMissing
from anju.core.money import PPM_MAX, PPM_PER_BP
from anju.core.rates import RateStep, RateTables, RateTerms, Tenor, rate_path

Ints = NDArray[np.int64]
_LONG_AGO = date(1980, 1, 1)
_CLASSES = (12, 60, 480)
FIXED = 0
SHARED = ABSENT + 1
"""Stands for the spread in the key of a path that many loans share."""
KEY = (
    "rate_type",
    "rate",
    "lpr_tenor",
    "spread_bp",
    "repricing",
    "cycle_months",
    "lpr_since",
    "home",
    "start_date",
    "months",
)


class NoPath(Exception):
    """Why a row has no rate path: column and both texts."""

    def __init__(self, column: str, zh: str, en: str) -> None:
        self.column, self.zh, self.en = column, zh, en
        super().__init__(column, zh, en)


@dataclass(slots=True)
class Paths:
    """Paths known so far. `shift_bp` moves every rate that a floating loan takes on a repricing date after `on`: the
    market moves on the day after, each loan feels it at its next repricing, fixed rates never do. Not below 0.

    Loans share a path and carry their spread (fixed loans their rate) as an offset, unless that would leave 0 .. 36 %.
    """

    tables: RateTables
    on: date
    shift_bp: int = 0
    paths: list[tuple[RateStep, ...]] = field(default_factory=list)
    _known: dict[tuple[int, ...], int | NoPath] = field(default_factory=dict)

    def place(self, columns: dict[str, Ints], rows: Ints) -> tuple[Ints, Ints, list[tuple[Ints, NoPath]]]:
        """Path number and offset in ppm of each row (number -1: none), and which places in `rows` have none, and why."""
        given = {name: columns[name][rows] for name in KEY}
        offset = self._take_offset(given)
        number, without = self._numbers(given)
        low, high = self._bounds()
        at = np.maximum(number, 0)
        outside = (number >= 0) & ((low[at] + offset < 0) | (high[at] + offset > PPM_MAX))
        if outside.any():
            alone = np.flatnonzero(outside)
            number[alone], more = self._numbers({name: columns[name][rows[alone]] for name in KEY})
            offset[alone] = 0
            without += [(alone[places], why) for places, why in more]
        return number, offset, without

    def columns(self) -> RatePaths:
        """All paths, for the engine."""
        return RatePaths.of(self.paths or [(RateStep(_LONG_AGO, 0, "", "", ""),)])

    def _take_offset(self, given: dict[str, Ints]) -> Ints:
        """What a loan adds to a path that many share; taken out of its key."""
        fixed = (given["rate_type"] == FIXED) & (given["rate"] != ABSENT)
        shared = (
            (given["rate_type"] != FIXED) & (given["lpr_since"] == ABSENT) & (given["spread_bp"] != ABSENT)
        )
        offset = np.where(fixed, given["rate"], 0) + np.where(shared, given["spread_bp"], 0)
        given["rate"] = np.where(fixed, 0, given["rate"])
        given["spread_bp"] = np.where(shared, SHARED, given["spread_bp"])
        return offset.astype(np.int64)

    def _numbers(self, given: dict[str, Ints]) -> tuple[Ints, list[tuple[Ints, NoPath]]]:
        keys = [self._key_column(name, given) for name in KEY]
        at, inverse = _distinct(keys)
        found = [self._of(key) for key in zip(*(column[at].tolist() for column in keys), strict=True)]
        number = np.array([each if isinstance(each, int) else -1 for each in found], dtype=np.int64)
        without = [
            (np.flatnonzero(inverse == at), each) for at, each in enumerate(found) if isinstance(each, NoPath)
        ]
        return number[inverse], without

    def _key_column(self, name: str, given: dict[str, Ints]) -> Ints:
        """A column with what does not matter to the path made equal."""
        values, fixed = given[name], given["rate_type"] == FIXED
        if name == "rate_type":
            return values
        if name == "rate":
            return np.where(fixed | (given["lpr_since"] != ABSENT), values, 0)
        if name == "months":  # beyond its class a term matters only if it may end among the known steps
            horizon = self._until.toordinal() + 31 * np.maximum(given["cycle_months"], 12)
            may_end = given["start_date"] + 28 * values <= horizon
            classes = np.array(_CLASSES, dtype=np.int64)
            values = np.where(may_end, values, classes[np.searchsorted(classes, values)])
            return np.where(fixed, _CLASSES[-1], values)
        return np.where(fixed, 0, values)

    @property
    def _until(self) -> date:
        """From here on every repricing takes the last known rate."""
        return add_months(max(self.on, self.tables.lpr.dates[-1]), 12)

    def _bounds(self) -> tuple[Ints, Ints]:
        rates = [[step.rate_ppm for step in path] for path in self.paths] or [[0]]
        return np.array([min(each) for each in rates]), np.array([max(each) for each in rates])

    def _of(self, key: tuple[int, ...]) -> int | NoPath:
        if key not in self._known:
            try:
                self.paths.append(self._make(dict(zip(KEY, key, strict=True))))
                self._known[key] = len(self.paths) - 1
            except NoPath as problem:
                self._known[key] = problem
        return self._known[key]

    def _make(self, of: dict[str, int]) -> tuple[RateStep, ...]:
        fixed = of["rate_type"] == FIXED
        try:
            terms = _terms(of)
            start = _LONG_AGO if fixed else date.fromordinal(of["start_date"])
            until = self._until if fixed else add_months(self._until, max(terms.cycle_months, 12))
            path = rate_path(terms, start, of["months"], self.tables, until, allow_missing=True)
        except RateMissing as problem:
            raise NoPath("start_date", problem.message_zh, problem.message_en) from None
        except BadInput as problem:
            raise NoPath("rate_type", problem.message_zh, problem.message_en) from None
        if fixed or not self.shift_bp:
            return path
        floor = -PPM_MAX if of["spread_bp"] == SHARED else 0
        return tuple(self._moved(step, floor) for step in path)

    def _moved(self, step: RateStep, floor: int) -> RateStep:
        """`floor` is 0 where the path is the loan's own; a shared base may fall below it and is seen by `_bounds`."""
        if step.effective_on <= self.on:
            return step
        rate = max(step.rate_ppm + self.shift_bp * PPM_PER_BP, floor)
        if rate > PPM_MAX:
            raise NoPath("rate_type", "平移后的利率高于 36%", "the moved rate is above 36 %")
        return RateStep(step.effective_on, rate, step.why_zh, step.why_en, step.source, step.provisional)


def _distinct(columns: list[Ints]) -> tuple[Ints, Ints]:
    """Where each distinct row of these columns stands first, in order of its values, and which of them each row is."""
    code = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        values, place = np.unique(column, return_inverse=True)
        if len(values) > 1:  # below the number of rows, squared
            code = np.unique(code * len(values) + place, return_inverse=True)[1]
    _, first, inverse = np.unique(code, return_index=True, return_inverse=True)
    return first, inverse


def _terms(of: dict[str, int]) -> RateTerms:
    kind = word("rate_type", of["rate_type"], "")
    if kind == "fixed":
        if of["rate"] == ABSENT:
            raise NoPath("rate", "固定利率须给出年利率", "a fixed rate needs the rate")
        return RateTerms("fixed", fixed_ppm=of["rate"])
    staged = kind == "lpr" and of["lpr_since"] != ABSENT
    if kind == "lpr" and of["lpr_tenor"] == ABSENT:
        raise NoPath(
            "lpr_tenor", "LPR 利率须给出 LPR 期限（1年/5年）", "an LPR rate needs its tenor (1y or 5y)"
        )
    if kind == "lpr" and of["spread_bp"] == ABSENT:
        raise NoPath("spread_bp", "LPR 利率须给出加点", "an LPR rate needs its spread in bp")
    if staged and of["rate"] == ABSENT:
        raise NoPath(
            "rate", "给出转 LPR 日期时须给出转换前的年利率", "with lpr_since the rate before it is needed"
        )
    tenor = cast("Tenor | None", word("lpr_tenor", of["lpr_tenor"], "") or None) if kind == "lpr" else None
    return RateTerms(
        cast(Literal["lpr", "provident"], kind),
        fixed_ppm=of["rate"] if staged else None,
        tenor=tenor,
        spread_bp=0 if of["spread_bp"] in (ABSENT, SHARED) else ppm_to_bp(of["spread_bp"]),
        repricing=cast(Literal["january_1", "anniversary"], word("repricing", of["repricing"], "january_1")),
        cycle_months=12 if kind != "lpr" or of["cycle_months"] == ABSENT else of["cycle_months"],
        home=cast(Literal["first", "second"], word("home", of["home"], "first")),
        lpr_since=date.fromordinal(of["lpr_since"]) if staged else None,
    )
