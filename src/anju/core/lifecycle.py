"""Lifecycles are tables: states, steps, who acts next, what is owed, a label for each audience."""

from collections.abc import Mapping
from dataclasses import dataclass

from anju.core.errors import UnlawfulTransition


@dataclass(frozen=True, slots=True)
class State:
    """One state. `rescuer` is the sweep that finds what rests here too long; `owner` the role that acts next;
    `owes` the notice types due on entering; `clock` the deadline that runs here."""

    code: str
    label_zh: str
    label_en: str
    borrower_zh: str
    borrower_en: str
    final: bool
    rescuer: str | None
    owner: str | None
    owes: tuple[str, ...] = ()
    clock: str | None = None


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """A table of states and lawful steps. A plain value; `check()` says what is missing in it."""

    name: str
    states: tuple[State, ...]
    transitions: Mapping[str, frozenset[str]]
    initial: str

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of all states, in the order of the table."""
        return tuple(state.code for state in self.states)

    @property
    def final_codes(self) -> frozenset[str]:
        """Codes of the final states."""
        return frozenset(state.code for state in self.states if state.final)

    @property
    def resting_codes(self) -> frozenset[str]:
        """Codes of the states something can rest in, all that are not final."""
        return frozenset(state.code for state in self.states if not state.final)

    def state(self, code: str) -> State:
        """The state with this code. Raises KeyError."""
        for state in self.states:
            if state.code == code:
                return state
        raise KeyError(f"{self.name}: {code}")

    def allowed(self, from_: str) -> frozenset[str]:
        """States that may follow."""
        return self.transitions.get(from_, frozenset())

    def require(self, from_: str, to: str) -> None:
        """Pass for a lawful step, else raise UnlawfulTransition. Staying where one is is not a step."""
        allowed = self.allowed(from_)
        if to not in allowed:
            raise UnlawfulTransition(self.name, from_, to, allowed)

    def check(self) -> list[str]:
        """Defects of the table; empty when it is complete."""
        codes = set(self.codes)
        defects = [f"{self.name}: state {code} appears twice" for code in codes if self.codes.count(code) > 1]
        if self.initial not in codes:
            defects.append(f"{self.name}: unknown initial state {self.initial}")
        for from_, targets in self.transitions.items():
            for code in ({from_} | targets) - codes:
                defects.append(f"{self.name}: unknown state {code} in a step from {from_}")
            if from_ in targets:
                defects.append(f"{self.name}: step from {from_} to itself")
        reachable = self._reachable()
        for state in self.states:
            defects += self._state_defects(state, state.code in reachable)
        return sorted(defects)

    def _state_defects(self, state: State, reached: bool) -> list[str]:
        where = f"{self.name}.{state.code}"
        exits = self.allowed(state.code)
        found = [] if reached else [f"{where}: cannot be reached from {self.initial}"]
        if state.final:
            found += [f"{where}: final but has exits"] if exits else []
            found += [f"{where}: final but a clock runs"] if state.clock else []
        else:
            found += [] if exits else [f"{where}: not final but has no exit"]
            found += [] if state.rescuer else [f"{where}: not final but no rescuer"]
            found += [] if state.owner else [f"{where}: not final but no owner"]
        for name in ("label_zh", "label_en", "borrower_zh", "borrower_en"):
            found += [] if getattr(state, name).strip() else [f"{where}: {name} is empty"]
        return found

    def _reachable(self) -> set[str]:
        seen, todo = set(), [self.initial]
        while todo:
            code = todo.pop()
            if code not in seen:
                seen.add(code)
                todo += self.allowed(code)
        return seen


PROOF_RUNGS = ("accepted", "sent", "carrier_delivered", "device_delivered", "opened", "acknowledged")
"""Ladder of proof of a notice, weakest first (design, house rule 6)."""


def proof_at_least(have: str | None, need: str) -> bool:
    """Whether the proof at hand reaches the rung needed. No proof (None) reaches none. Raises ValueError."""
    return have is not None and PROOF_RUNGS.index(have) >= PROOF_RUNGS.index(need)


def higher_proof(first: str | None, second: str | None) -> str | None:
    """The stronger of two proofs: a late receipt never lowers what is known (house rule 5)."""
    if first is None or second is None:
        return first or second
    return max(first, second, key=PROOF_RUNGS.index)
