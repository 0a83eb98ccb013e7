"""One step of a rate path: what schedules need of rates."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class RateStep:
    """The loan runs at this rate from this day on. A repricing that changes nothing is a step too."""

    effective_on: date
    rate_ppm: int
    why_zh: str
    why_en: str
    source: str
    provisional: bool = False
