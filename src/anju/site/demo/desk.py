"""What the simulated staff does: take the next item, call, record, decide, close. Time and outcomes are drawn, the operations are real."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from anju.adapters.simulated.world import People
from anju.contexts.collections import operations as collections
from anju.contexts.collections import queries as collection_queries
from anju.contexts.followup import operations as followup
from anju.contexts.servicing import queries as servicing
from anju.core.working_time import BANK_ZONE
from anju.platform.contacts import addresses
from anju.platform.contacts import operations as contacts
from anju.platform.contacts.rows import ContactRefused
from anju.platform.identity import queries as identity
from anju.platform.notices import operations as notices
from anju.platform.work import operations as work
from anju.platform.work import queries as work_queries
from anju.platform.work.queries import ItemRow
from anju.platform.work.queues import queues_of
from anju.site.demo import words

PER_SESSION = {
    "adviser": 10,
    "collector": 10,
    "risk_officer": 8,
    "supervisor": 13,
    "follow_up_agent": 8,
}
"""Items one person finishes between two breaks."""

RESTING = {"supervisor": 2, "adviser": 1}
"""Items on the last days, so that something is left on the desk; nothing for the roles that are not named."""


@dataclass
class Desk:
    """One world's staff. `counts` says what was done, by name."""

    people: People
    counts: dict[str, int] = field(default_factory=dict)
    _numbers: dict[int, str] = field(default_factory=dict)

    def session(self, *, at: datetime, resting: bool) -> int:
        """Everybody works for an hour or so from `at` on; how many items were taken."""
        taken = 0
        for member in identity.staff():
            most = (RESTING if resting else PER_SESSION).get(member.role, 0)
            if not member.is_active or not most:
                continue
            scope = None if member.sees_all_branches else [member.branch_id]
            minute = at
            for _ in range(most):
                item_id = work.claim_next(
                    staff_id=member.id, queues=queues_of(member.role), branch_ids=scope, at=minute
                )
                if item_id is None:
                    break
                item = work_queries.item(item_id)
                assert item is not None
                self._do(item, member.id, minute)
                taken += 1
                minute += timedelta(minutes=4 + self._below(9, item, minute))
        return taken

    def _do(self, item: ItemRow, staff_id: int, at: datetime) -> None:
        handle = _HANDLERS.get(item.kind, Desk._other)
        try:
            done = handle(self, item, staff_id, at)
        except ContactRefused as refused:
            reason = refused.verdict.zh
            work.skip(item_id=item.id, staff_id=staff_id, reason=reason[:200], at=at)
            done = "refused_by_governor"
        self.counts[done] = self.counts.get(done, 0) + 1

    def _loan_no(self, item: ItemRow) -> str:
        if item.subject_type != "loan":
            return f"{item.subject_type} {item.subject_id}"
        if item.subject_id not in self._numbers:
            self._numbers[item.subject_id] = servicing.loan_row(item.subject_id).loan_no
        return self._numbers[item.subject_id]

    def _below(self, end: int, item: ItemRow, at: datetime, what: str = "") -> int:
        return self.people.dice.below(end, what, item.kind, self._loan_no(item), at.isoformat())

    def _one(self, choices: tuple[str, ...], item: ItemRow, at: datetime, what: str = "") -> str:
        return choices[self._below(len(choices), item, at, what)]

    def _call(self, item: ItemRow, staff_id: int, at: datetime) -> str:
        case_id, loan_no = int(item.params["case_id"]), self._loan_no(item)
        tries = len(collection_queries.calls(case_id=case_id))
        code = self.people.answers(loan_no, at.astimezone(BANK_ZONE).date(), tries)
        if code == "promised" and collection_queries.open_promise(case_id) is not None:
            code = "no_answer"
        answered = code not in ("no_answer", "busy")
        collections.call_record(
            case_id=case_id, staff_id=staff_id, work_item_id=item.id, outcome_code=code,
            fields=self._fields(code, item, case_id, at), note=self._one(words.CALL_NOTES[code], item, at),
            recording_ref=f"REC{at.astimezone(BANK_ZONE):%Y%m%d%H%M}{self._below(10000, item, at, 'rec'):04d}" if answered else "",
            idempotency_key=f"demo:{loan_no}:{at.isoformat()}", at=at,
        )  # fmt: skip
        return f"call_{code}"

    def _fields(self, code: str, item: ItemRow, case_id: int, at: datetime) -> Mapping[str, object]:
        found: dict[str, object] = {}
        if code not in ("no_answer", "busy", "wrong_person", "deceased_or_ill"):
            willing = {"hardship_request": "willing_unable", "refuses": "unwilling"}
            found["willingness"] = willing.get(code, "willing")
            reasons = words.REASONS_OF.get(code, words.REASONS)
            found["overdue_reason"] = self._one(reasons, item, at, "reason")
        if code == "promised":
            case = collection_queries.case(case_id)
            assert case is not None
            limits = collections.promise_limits(case_id=case_id, at=at)
            found["promise_amount_fen"] = min(max(case.overdue_fen, 1), limits.most_fen)
            found["promise_due_on"] = limits.first_on + timedelta(
                days=2 + self._below(6, item, at, "promise")
            )
        if code == "callback_requested":
            found["callback_at"] = _callback(at, 1 + self._below(2, item, at, "callback"))
        if code == "refuses":
            found["refusal_reason"] = self._one(words.REFUSALS, item, at, "refusal")
        if code == "deceased_or_ill":
            found["stop_flag"] = "serious_illness"
        return found

    def _exception(self, item: ItemRow, staff_id: int, at: datetime) -> str:
        code = self.people.dice.among(
            {"reached_by_phone": 62, "letter_sent": 14, "not_reachable_owner_accepts": 12, "told_in_person": 6, "no_answer": 6},
            "exception", self._loan_no(item), at.isoformat(),
        )  # fmt: skip
        note = self._one(words.EXCEPTION_NOTES[code], item, at)
        notices.close_exception(item_id=item.id, staff_id=staff_id, outcome=code, note=note, at=at)
        return f"exception_{code}"

    def _visit(self, item: ItemRow, staff_id: int, at: datetime) -> str:
        visit_id = int(item.params["visit_id"])
        draw = self._below(100, item, at, "visit")
        try:
            if draw < 74:
                followup.visit_record(
                    visit_id=visit_id, staff_id=staff_id, ability=2 + self._below(4, item, at, "ability"),
                    willingness=3 + self._below(3, item, at, "willingness"), opinion=self._one(words.OPINIONS, item, at), at=at,
                )  # fmt: skip
                return "visit_done"
            if draw < 82:
                reason = self._one(("distrust", "privacy", "busy", "communication"), item, at, "refusal")
                followup.visit_refuse(
                    visit_id=visit_id, staff_id=staff_id, party="borrower", reason=reason, at=at
                )
                return "visit_refused"
            work.close(
                item_id=item.id,
                staff_id=staff_id,
                outcome_code="another_time",
                at=at,
                again_at=_callback(at, 1),
            )
            return "visit_another_time"
        except followup.VisitNotNoticed:
            work.close(
                item_id=item.id,
                staff_id=staff_id,
                outcome_code="another_time",
                at=at,
                again_at=_callback(at, 1),
            )
            return "visit_not_noticed"

    def _find_address(self, item: ItemRow, staff_id: int, at: datetime) -> str:
        if item.person_id is None or self._below(10, item, at, "found") < 2:
            note = "工作单位与共同借款人均无新号码"
            work.close(
                item_id=item.id,
                staff_id=staff_id,
                outcome_code="not_found",
                note=note,
                at=at,
                fields={"note": note},
            )
            return "address_not_found"
        contacts.set_addresses_many(
            [(item.person_id, "phone", f"1990000{self._below(10000, item, at):04d}")], at=at
        )
        work.close(item_id=item.id, staff_id=staff_id, outcome_code="found", note="柜面更新了手机号", at=at)
        return "address_found"

    def _repair(self, item: ItemRow, staff_id: int, at: datetime) -> str:
        """A doubtful address: the person is asked through the other one, or cannot be reached."""
        assert item.person_id is not None
        code = self._one(("confirmed", "confirmed", "not_reachable"), item, at, "repair")
        note = "已通过备用联系方式向本人核实" if code == "confirmed" else "各联系方式均未联系上本人"
        addresses.close_repair(
            item_id=item.id, staff_id=staff_id, person_id=item.person_id, outcome=code, note=note, at=at
        )
        return f"address_{code}"

    def _other(self, item: ItemRow, staff_id: int, at: datetime) -> str:
        code = self._one(words.OUTCOMES.get(item.kind, ("handled",)), item, at, "outcome")
        note = self._one(words.REVIEW_NOTES, item, at)
        work.close(
            item_id=item.id, staff_id=staff_id, outcome_code=code, note=note, at=at, fields={"note": note}
        )
        return f"{item.kind}_{code}"


Handler = Callable[[Desk, ItemRow, int, datetime], str]
_HANDLERS: dict[str, Handler] = {
    "collections.call": Desk._call,
    "collections.find_address": Desk._find_address,
    "contacts.repair": Desk._repair,
    "notices.exception": Desk._exception,
    "followup.visit": Desk._visit,
}


def _callback(at: datetime, days: int) -> datetime:
    """At ten past ten, some days later."""
    local = at.astimezone(BANK_ZONE)
    return local.replace(hour=10, minute=10, second=0, microsecond=0) + timedelta(days=days)


def unknown_kinds() -> frozenset[str]:
    """Kinds that have neither a handler nor words here; for a test."""
    from anju.platform.work import outcomes

    return frozenset(
        kind for kind in outcomes._by_kind if kind not in _HANDLERS and kind not in words.OUTCOMES
    )
