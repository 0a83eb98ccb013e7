"""Repayment stages that many loans share (组合还款), end to end in columns."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

LEVEL_PAYMENT, LEVEL_PRINCIPAL, INTEREST_ONLY = 0, 1, 2
METHODS = {
    "level_payment": LEVEL_PAYMENT,
    "level_principal": LEVEL_PRINCIPAL,
    "interest_only": INTEREST_ONLY,
}
"""Methods that the engine computes, with their codes in columns."""


@dataclass(frozen=True, slots=True)
class StagePlans:
    """Plan p has stages `first[p]` to `first[p + 1]`.

    `periods`: instalments of the stage, 0 for "to the end of the term" (the last stage of a plan, and only that).
    `over`: periods over which the balance is amortised, 0 for "what is left of the term"; more than the stage has
    makes a balloon (气球贷): the last instalment of the loan takes the rest.
    """

    first: Ints
    method: Ints
    periods: Ints
    over: Ints

    @classmethod
    def of(cls, plans: Sequence[Sequence[tuple[str, int | None, int | None]]]) -> "StagePlans":
        """Plans as lists of (method, periods, amortise_over), None for "the rest". Raises ValueError."""
        first, rows = [0], list[tuple[int, int, int]]()
        for plan in plans:
            if not plan:
                raise ValueError("a plan has no stage")
            for number, (method, periods, over) in enumerate(plan, start=1):
                if method not in METHODS:
                    raise ValueError(f"the engine does not compute the method {method}")
                if (periods is None) != (number == len(plan)) or (periods or 1) < 1:
                    raise ValueError("each stage but the last has a number of periods, the last has none")
                if over is not None and over < (periods or 1):
                    raise ValueError("a stage is amortised over fewer periods than it has")
                rows.append((METHODS[method], periods or 0, over or 0))
            first.append(len(rows))
        columns = np.array(rows, dtype=np.int64).reshape(-1, 3).T.copy()
        return cls(np.array(first, dtype=np.int64), *columns)

    def __len__(self) -> int:
        return len(self.first) - 1


WHOLE_TERM = StagePlans.of([[("level_payment", None, None)], [("level_principal", None, None)]])
"""Plan 0: level payment to the end. Plan 1: level principal to the end."""
