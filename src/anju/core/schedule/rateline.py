"""The rates of one loan over time: its rate path with the agreed changes laid over it."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from anju.core.rates.steps import RateStep
from anju.core.schedule.events import Event, RateChange, Restructure


class RateLine(NamedTuple):
    """Days from which rates hold (rising) and the rates in ppm; equal neighbours are joined."""

    days: tuple[date, ...]
    rates_ppm: tuple[int, ...]

    @classmethod
    def of(cls, path: Sequence[RateStep], events: Sequence[Event] = ()) -> "RateLine":
        """The path; an agreed change replaces what the path says from its day to the path's next step."""
        first, *more = path
        if not more and not events:
            return cls((first.effective_on,), (first.rate_ppm,))
        steps = {step.effective_on: step.rate_ppm for step in path}
        for event in events:
            if isinstance(event, RateChange | Restructure) and event.rate_ppm is not None:
                steps[event.on] = event.rate_ppm
        days: list[date] = []
        rates: list[int] = []
        for day in sorted(steps):
            if not rates or rates[-1] != steps[day]:
                days.append(day)
                rates.append(steps[day])
        return cls(tuple(days), tuple(rates))

    @classmethod
    def flat(cls, rate_ppm: int) -> "RateLine":
        """One rate for ever."""
        return cls((date.min,), (rate_ppm,))

    def on(self, day: date) -> int:
        """Rate in force on a day. The first rate also counts before its day (terms refuse such paths)."""
        return self.rates_ppm[max(bisect_right(self.days, day) - 1, 0)]

    def next_change_on(self, after: date) -> date | None:
        """The first day after this one from which another rate holds."""
        at = bisect_right(self.days, after)
        return self.days[at] if at < len(self.days) else None

    def parts(self, start: date, end: date) -> list[tuple[int, date, date]]:
        """Stretches of [start, end) with their rates; empty when the time is."""
        if start >= end:
            return []
        first, last = bisect_right(self.days, start), bisect_left(self.days, end)
        edges = [start, *self.days[first:last], end]
        return [(self.on(edges[k]), edges[k], edges[k + 1]) for k in range(len(edges) - 1)]
