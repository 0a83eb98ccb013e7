"""Questions about loans, answered: the same dict for the command line, the API and the pages.

Every answer carries `format` ("anju.loan/1": fields may be added, none is renamed or changes its meaning without a
new number), `kind`, and `as_of`, the day whose rates and rules it rests on. Amounts are yuan texts (`x`) and fen
(`x_fen`); rates percent texts and ppm. Errors: BadInput, and RateMissing or PolicyMissing where a figure of the
date is not loaded.
"""

from anju.contexts.consulting.answers_afford import afford_answer
from anju.contexts.consulting.answers_loan import explain_answer, prepay_answer, rate_answer, schedule_answer
from anju.contexts.consulting.answers_plans import compare_answer, split_answer

__all__ = [
    "afford_answer",
    "compare_answer",
    "explain_answer",
    "prepay_answer",
    "rate_answer",
    "schedule_answer",
    "split_answer",
]
