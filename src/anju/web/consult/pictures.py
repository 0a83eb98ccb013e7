"""The three charts of the page, each one question: balance, interest against principal, cost added up."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from django.utils.translation import gettext as _

from anju.web.charts import Chart, Series
from anju.web.consult.courses import Year

TABLE_EVERY = 5


def _years(courses: Sequence[Sequence[Year]], *, from_start: bool) -> list[str]:
    most = max((len(years) for years in courses), default=0)
    return [str(number) for number in range(0 if from_start else 1, most + 1)]


def _padded(values: list[int], wanted: int) -> list[int]:
    """After a plan's end its last value holds, so that lines of different length can be compared."""
    return values + [values[-1]] * (wanted - len(values))


def charts(
    names: Sequence[str], courses: Sequence[Sequence[Year]], loans_fen: Sequence[int], seen: int
) -> list[Chart]:
    """Charts of the plans that are possible; `seen` is the one whose years are shown apart."""
    if not courses:
        return []
    x = _years(courses, from_start=True)
    label = _("第几年末")
    balance = [
        Series(name, _padded([loan, *(year.balance_fen for year in years)], len(x)))
        for name, years, loan in zip(names, courses, loans_fen, strict=True)
    ]
    cost = [
        Series(name, _padded([0, *accumulate(year.cost_fen for year in years)], len(x)))
        for name, years in zip(names, courses, strict=True)
    ]
    years = courses[seen]
    parts = [
        Series(_("本金"), [year.principal_fen + year.extra_fen for year in years]),
        Series(_("利息"), [year.interest_fen for year in years]),
    ]
    return [
        Chart("consult-cost", _("一共要付多少成本？（利息和费用累计，已减贴息）"), "line", label, x, cost,
              table_every=TABLE_EVERY),
        Chart("consult-balance", _("还欠多少本金？"), "line", label, x, balance, table_every=TABLE_EVERY),
        Chart(
            "consult-parts", _("%(plan)s：每年还的钱里，本金和利息各多少？") % {"plan": names[seen]}, "stack", _("第几年"),
            [str(year.number) for year in years], parts, table_every=TABLE_EVERY,
        ),
    ]  # fmt: skip
