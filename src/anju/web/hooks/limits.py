"""How often a caller may knock: a bucket of tokens for each, in this process. Refused calls cost more than good ones."""

import threading
from collections import OrderedDict
from datetime import datetime

PER_SECOND = 50
BURST = 500
REFUSED_COSTS = 25
"""A caller that is not believed gets twenty answers at once and then two a second."""
CALLERS_MAX = 2000

Caller = tuple[str, str]


class Buckets:
    """`take` says whether a call may go on. Memory is bounded: the longest silent caller is forgotten first."""

    def __init__(self) -> None:
        self._left: OrderedDict[Caller, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, caller: Caller, at: datetime, cost: int = 1) -> bool:
        """One call of a caller (provider name, address); False when its bucket is empty."""
        with self._lock:
            left = self._now(caller, at)
            allowed = left >= cost
            self._keep(caller, left - cost if allowed else left, at)
            return allowed

    def _now(self, caller: Caller, at: datetime) -> float:
        left, since = self._left.get(caller, (float(BURST), at.timestamp()))
        return min(float(BURST), left + max(0.0, at.timestamp() - since) * PER_SECOND)

    def _keep(self, caller: Caller, left: float, at: datetime) -> None:
        self._left[caller] = (left, at.timestamp())
        self._left.move_to_end(caller)
        while len(self._left) > CALLERS_MAX:
            self._left.popitem(last=False)
