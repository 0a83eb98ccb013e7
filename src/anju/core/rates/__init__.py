"""Interest rates of a mortgage: tables, terms, the path of one loan, and "which rate on day D, and why".

Facts sections 1 and 2; S4-004, S4-006, S4-007, S4-039. Rates are ppm a year (3.50 % = 35 000), spreads basis
points (1 bp = 100 ppm, may be negative; -63.5 is exact).

Conventions, each a contract parameter:

- LPR chosen on a payout or repricing date: the last one published *before* the date
  (`repricing_lpr_selection`; on 2022-05-20 that is 4.60, not the 4.45 of the day).
  `last_published_on_or_before` is the other contract wording.
- Repricing on 1 January, or on the anniversary of payout clamped at month end without drift, every
  `cycle_months`. Cycles of 3 or 6 months reprice on 1 January or the anniversary and every 3 or 6 months from
  there. A cycle change counts for the dates after it.
- No repricing on or after the end of the term. Provident and benchmark loans up to one year keep their rate;
  longer provident loans move on each 1 January.
- A month whose LPR should have been published before the date but is not loaded raises LprMissing, or, if
  allowed, the last known LPR is used and the step is marked provisional.
- A benchmark loan converted in 2020 keeps its last executed rate until the first repricing date after the
  conversion.
"""

from typing import TYPE_CHECKING

from anju.core.lazy import face

if TYPE_CHECKING:
    from anju.core.rates.agreements import Floor, SpreadOffer, cycle_allowed, spread_floor, spread_offer
    from anju.core.rates.conversion import ConversionTerms, convert, may_convert
    from anju.core.rates.lpr import (
        PUBLICATION_DAY,
        LprSelection,
        LprTable,
        Tenor,
        last_publication_on,
        publication_on,
    )
    from anju.core.rates.path import rate_on, rate_path, repricing_dates, step_on, tenor_of
    from anju.core.rates.points import BasisPoints, bp_from_text, bp_text, bp_to_ppm, ppm_to_bp, signed_bp
    from anju.core.rates.state_rates import (
        BenchmarkRateMissing,
        BenchmarkRow,
        BenchmarkTable,
        ProvidentRow,
        ProvidentTable,
    )
    from anju.core.rates.steps import RateStep
    from anju.core.rates.terms import (
        Conversion,
        CycleChange,
        RateTables,
        RateTerms,
        SpreadChange,
    )
    from anju.core.rates.why import RateAnswer, clause, preview_is_open, rate_why

__getattr__ = face(
    __name__,
    {
        "agreements": (
            "Floor",
            "SpreadOffer",
            "cycle_allowed",
            "spread_floor",
            "spread_offer",
        ),
        "conversion": (
            "ConversionTerms",
            "convert",
            "may_convert",
        ),
        "lpr": (
            "PUBLICATION_DAY",
            "LprSelection",
            "LprTable",
            "Tenor",
            "last_publication_on",
            "publication_on",
        ),
        "path": (
            "rate_on",
            "rate_path",
            "repricing_dates",
            "step_on",
            "tenor_of",
        ),
        "points": (
            "BasisPoints",
            "bp_from_text",
            "bp_text",
            "bp_to_ppm",
            "ppm_to_bp",
            "signed_bp",
        ),
        "state_rates": (
            "BenchmarkRateMissing",
            "BenchmarkRow",
            "BenchmarkTable",
            "ProvidentRow",
            "ProvidentTable",
        ),
        "steps": ("RateStep",),
        "terms": (
            "Conversion",
            "CycleChange",
            "RateTables",
            "RateTerms",
            "SpreadChange",
        ),
        "why": (
            "RateAnswer",
            "clause",
            "preview_is_open",
            "rate_why",
        ),
    },
)

__all__ = [
    "PUBLICATION_DAY",
    "BasisPoints",
    "BenchmarkRateMissing",
    "BenchmarkRow",
    "BenchmarkTable",
    "Conversion",
    "ConversionTerms",
    "CycleChange",
    "Floor",
    "LprSelection",
    "LprTable",
    "ProvidentRow",
    "ProvidentTable",
    "RateAnswer",
    "RateStep",
    "RateTables",
    "RateTerms",
    "SpreadChange",
    "SpreadOffer",
    "Tenor",
    "bp_from_text",
    "bp_text",
    "bp_to_ppm",
    "clause",
    "convert",
    "cycle_allowed",
    "last_publication_on",
    "may_convert",
    "ppm_to_bp",
    "preview_is_open",
    "publication_on",
    "rate_on",
    "rate_path",
    "rate_why",
    "repricing_dates",
    "signed_bp",
    "spread_floor",
    "spread_offer",
    "step_on",
    "tenor_of",
]
