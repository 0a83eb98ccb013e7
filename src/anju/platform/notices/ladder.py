"""How one attempt moves: pure, so that any order of receipts can be tried (house rules 5 and 6).

A receipt never lowers a state or a rung. What cannot change anything any more is still stored, with the effect named.
"""

from dataclasses import dataclass

from anju.core.lifecycles import ATTEMPT, PROOF_RUNGS, higher_proof

STATUSES = ("accepted", "sent", "carrier_delivered", "device_delivered", "opened", "failed")
"""What a provider may say. Only the person acknowledges: no receipt does (a forged one neither)."""

EFFECTS = ("raised", "same", "failed", "late", "contradicts", "duplicate", "unknown_ref", "unknown_status")
"""What a receipt did: a proof, nothing new, a failure; or it is only kept, for this reason."""

_STATE_OF_RUNG = {
    "accepted": "accepted",
    "sent": "accepted",
    "carrier_delivered": "delivered",
    "device_delivered": "delivered",
    "opened": "delivered",
}
_FINAL = ATTEMPT.final_codes
_ORDER = {"queued": 0, "in_flight": 1, "in_doubt": 1, "accepted": 2, "delivered": 3, "acknowledged": 4}


@dataclass(frozen=True, slots=True)
class Position:
    """State and highest proof of an attempt; `rung` is empty before any proof."""

    state: str
    rung: str = ""


@dataclass(frozen=True, slots=True)
class Move:
    """Where an attempt goes. `effect`: raised | same | failed | late | contradicts | unknown_status."""

    position: Position
    effect: str


def on_status(now: Position, status: str) -> Move:
    """What a provider's word does to an attempt. Every step taken is lawful by the ATTEMPT table."""
    if status not in STATUSES:
        return Move(now, "unknown_status")
    if status == "failed":
        return _failed(now)
    rung = higher_proof(now.rung or None, status) or ""
    if now.state in _FINAL:
        return Move(Position(now.state, rung), "late")
    target = _STATE_OF_RUNG[status]
    if _ORDER[target] <= _ORDER[now.state]:
        return Move(Position(now.state, rung), "raised" if rung != now.rung else "same")
    start = now.state
    if start == "queued":  # a doubtful one that was to be repeated: the provider had it after all
        ATTEMPT.require("queued", "in_flight")
        start = "in_flight"
    ATTEMPT.require(start, target)
    return Move(Position(target, rung), "raised")


def _failed(now: Position) -> Move:
    if now.state == "failed":
        return Move(now, "same")
    if now.state == "queued":  # to be sent again: an old failure says nothing about the repetition
        return Move(now, "late")
    if now.state == "delivered":
        return Move(now, "contradicts")
    if now.state in _FINAL:
        return Move(now, "late")
    ATTEMPT.require(now.state, "failed")
    return Move(Position("failed", now.rung), "failed")


def highest(rungs: "list[str]") -> str:
    """The strongest of some rungs; empty when there is none."""
    known = [rung for rung in rungs if rung]
    return max(known, key=PROOF_RUNGS.index) if known else ""
