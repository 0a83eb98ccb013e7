"""Every write of follow-up."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection, transaction

from anju.contexts.followup import facts, timetable
from anju.contexts.followup.ledger import WORK_KIND, contacted
from anju.contexts.followup.models import Visit
from anju.core.lifecycles import VISIT
from anju.core.working_time import BANK_ZONE
from anju.platform.clocks import operations as clocks
from anju.platform.journal import operations as journal
from anju.platform.notices import operations as notices
from anju.platform.notices.rows import Owed
from anju.platform.policies import queries as policies
from anju.platform.work import operations as work
from anju.platform.work import queries as work_queries
from anju.platform.work.operations import NewWork

ACTOR = "system:followup"
CLOCK = "visit_due"
REMEDY_KIND = "followup.remedy"
PARTIES = ("borrower", "co_borrower", "guarantor")
LIVE = ("planned", "noticed")
_FILE = "timetable.toml"
_ONE_DAY = timedelta(days=1)

_CANDIDATES = """
SELECT l.id, l.loan_no, l.borrower_id, l.branch_id, n.node, n.due_on
  FROM unnest(%(starts)s::date[], %(nodes)s::text[], %(dues)s::date[]) AS n(start_on, node, due_on)
  JOIN servicing_loan l ON l.start_on = n.start_on AND l.state = 'active'
 WHERE NOT EXISTS (SELECT 1 FROM followup_visit v WHERE v.loan_id = l.id AND v.node = n.node)
 ORDER BY l.id, n.due_on
"""


class VisitRejected(Exception):
    """Base of the refusals; nothing was changed."""

    def __init__(self, message_zh: str, message_en: str) -> None:
        self.message_zh, self.message_en = message_zh, message_en
        super().__init__(message_zh, message_en)

    def __str__(self) -> str:
        return f"{self.message_zh} / {self.message_en}"


class VisitNotNoticed(VisitRejected):
    """No visit begins before time, purpose and outline reached the borrower (S1-05)."""

    def __init__(self) -> None:
        super().__init__(
            "尚未向借款人送达回访预告，不能开始回访", "the borrower has not been told of this visit yet"
        )


class VisitEnded(VisitRejected):
    """The visit has an end already."""

    def __init__(self, state: str) -> None:
        label = VISIT.state(state)
        super().__init__(
            f"回访{label.label_zh}，不能再记录", f"the visit is {label.label_en.lower()} already"
        )


class GradeWrong(VisitRejected):
    """Ability and willingness are both graded, whole numbers within the scale (S0-06)."""

    def __init__(self, least: int, most: int) -> None:
        super().__init__(
            f"还款能力和还款意愿都须评为 {least} 至 {most} 分",
            f"ability and willingness need a grade from {least} to {most}",
        )


class OpinionMissing(VisitRejected):
    """The borrower's opinion is part of every visit (S0-12)."""

    def __init__(self) -> None:
        super().__init__("请记录借款人的意见", "the borrower's opinion is needed")


class PartyUnknown(VisitRejected):
    """A refusal names who refused (S1-01)."""

    def __init__(self) -> None:
        super().__init__(
            "请注明由谁拒绝：借款人、共同借款人或保证人",
            "say who refused: borrower, co-borrower or guarantor",
        )


class RefusalReasonMissing(VisitRejected):
    """A refusal has one of the reasons, or `other` with a text (S1-03)."""

    def __init__(self) -> None:
        super().__init__("请选择拒访原因；选“其他”须写明", "choose a reason of refusal; “other” needs a text")


def visits_plan(*, on: date, at: datetime) -> dict[str, int]:
    """Plan every visit whose node falls within the next 7 days, owe its pre-notice, open the work of the day
    to come.

    Nodes that passed before the loan came in are not made up for. Again: nothing new. A visit that nobody
    made within 14 days is
    `missed`. Counts: `planned`, `noticed`, `work_opened`, `missed`.
    """
    rules = policies.toml(_FILE)["visits"]
    with transaction.atomic():
        missed = _miss(on - rules["missed_after_days"] * _ONE_DAY, on, at)
        planned = _plan(on, at, rules)
        owed = notices.owe_many([_owed(visit, rules, at) for visit in planned])
        opened = _open_work(on + _ONE_DAY, at, rules)
    return {"planned": len(planned), "notices": owed, "work_opened": opened, "missed": missed}


def visits_noticed(*, visit_ids: Collection[int], at: datetime) -> int:
    """The pre-notice of these visits arrived; how many are new. Others are left alone."""
    with transaction.atomic():
        visits = list(
            Visit.objects.select_for_update().filter(id__in=list(visit_ids), state="planned").order_by("id")
        )
        if not visits:
            return 0
        VISIT.require("planned", "noticed")
        Visit.objects.filter(id__in=[visit.pk for visit in visits]).update(state="noticed", noticed_at=at)
        journal.record_many([facts.VisitNoticed(v.loan_id, v.pk, v.node) for v in visits], at=at, actor=ACTOR)
    return len(visits)


def visits_cancel(*, loan_ids: Collection[int], at: datetime, reason: str) -> int:
    """The loans are settled: their open visits end; how many."""
    with transaction.atomic():
        visits = list(
            Visit.objects.select_for_update()
            .filter(loan_id__in=list(loan_ids), state__in=LIVE)
            .order_by("id")
        )
        if not visits:
            return 0
        _end(visits, "cancelled", at, reason)
        journal.record_many(
            [facts.VisitCancelled(v.loan_id, v.pk, v.node, reason) for v in visits], at=at, actor=ACTOR
        )
    return len(visits)


def visit_record(
    *,
    visit_id: int,
    staff_id: int,
    ability: int,
    willingness: int,
    opinion: str,
    at: datetime,
    channel: str = "call",
) -> None:
    """The visit took place: grades 1 (worst) to 5, and what the borrower thinks (S0-05, S0-06, S0-12).

    It goes into the ledger of contacts, by `channel` (`call`, `visit`).

    Raises, in this order: VisitEnded, VisitNotNoticed, GradeWrong, OpinionMissing.
    """
    rules = policies.toml(_FILE)["visits"]
    with transaction.atomic():
        visit = _live(visit_id)
        if visit.state != "noticed":
            raise VisitNotNoticed
        grades = (ability, willingness)
        if not all(
            type(grade) is int and rules["grade_min"] <= grade <= rules["grade_max"] for grade in grades
        ):
            raise GradeWrong(rules["grade_min"], rules["grade_max"])
        if not opinion.strip():
            raise OpinionMissing
        last = Visit.objects.filter(loan_id=visit.loan_id, state="done").order_by("-done_at", "-id").first()
        visit.ability, visit.willingness, visit.opinion = ability, willingness, opinion.strip()
        _finish(visit, "done", staff_id, at)
        change = (
            (None, None)
            if last is None or last.ability is None or last.willingness is None
            else (ability - last.ability, willingness - last.willingness)
        )
        journal.record(
            facts.VisitDone(visit.loan_id, visit.pk, visit.node, staff_id, ability, willingness, *change),
            at=at,
            actor=f"staff:{staff_id}",
        )
        contacted(visit, staff_id, "done", at, answered=True, channel=channel)
        _close_work(visit, staff_id, "done", at)


def visit_refuse(
    *, visit_id: int, staff_id: int, party: str, reason: str, at: datetime, text: str = ""
) -> None:
    """A party refused explicitly (not: did not answer), with one of the four reasons, or `other` and a text
    (S1-01, S1-03).

    Each reason opens its own next step as work. Raises, in this order: VisitEnded, PartyUnknown,
    RefusalReasonMissing.
    """
    options = {row["code"]: row for row in policies.toml(_FILE)["visits"]["refusal"]}
    with transaction.atomic():
        visit = _live(visit_id)
        if party not in PARTIES:
            raise PartyUnknown
        if reason not in options or (reason == "other" and not text.strip()):
            raise RefusalReasonMissing
        visit.refusal_reason, visit.refusal_text, visit.refused_by_role = reason, text.strip(), party
        _finish(visit, "refused", staff_id, at)
        journal.record(
            facts.VisitRefused(visit.loan_id, visit.pk, visit.node, staff_id, party, reason),
            at=at,
            actor=f"staff:{staff_id}",
        )
        # "refused" rests this purpose for a while (S1-03, contact_cooldown_minutes).
        contacted(visit, staff_id, "refused", at, answered=True)
        _close_work(visit, staff_id, "refused", at)
        _remedy(visit, options[reason], at)


def visit_miss(*, visit_id: int, staff_id: int, at: datetime) -> None:
    """The visit did not take place: nobody answered, and nobody refused (S1-01). Raises VisitEnded."""
    with transaction.atomic():
        visit = _live(visit_id)
        _finish(visit, "missed", staff_id, at)
        on = at.astimezone(BANK_ZONE).date()
        journal.record(
            facts.VisitMissed(visit.loan_id, visit.pk, visit.node, on), at=at, actor=f"staff:{staff_id}"
        )
        contacted(visit, staff_id, "no_answer", at, answered=False)
        _close_work(visit, staff_id, "missed", at)


def visit_at(due_on: date, rules: Mapping[str, Any]) -> datetime:
    """When a visit of this day takes place: at the timetable's time on the working day on or after it."""
    day = policies.calendar().working_day_on_or_after(due_on)
    return datetime.combine(day, time.fromisoformat(rules["visit_time"]), BANK_ZONE)


def work_key(visit_id: int) -> str:
    """Key of a visit's work item."""
    return f"{WORK_KIND}:{visit_id}"


def _plan(on: date, at: datetime, rules: Mapping[str, Any]) -> list[Visit]:
    wanted: list[tuple[date, str, date]] = []
    for ahead in range(rules["horizon_days"] + 1):
        due_on = on + ahead * _ONE_DAY
        wanted += [(start, node, due_on) for start, node in timetable.starts_of(due_on, rules).items()]
    with connection.cursor() as cursor:
        cursor.execute(
            _CANDIDATES,
            {
                "starts": [start for start, _, _ in wanted],
                "nodes": [node for _, node, _ in wanted],
                "dues": [due_on for _, _, due_on in wanted],
            },
        )
        rows = cursor.fetchall()
    version = policies.version(_FILE)
    visits = Visit.objects.bulk_create(
        [
            Visit(
                loan_id=loan_id, person_id=person_id, branch_id=branch_id, node=node, due_on=due_on,
                state=VISIT.initial, timetable_version=version,
            )
            for loan_id, _, person_id, branch_id, node, due_on in rows
        ],
        batch_size=5000,
    )  # fmt: skip
    journal.record_many(
        [facts.VisitPlanned(v.loan_id, v.pk, v.node, v.due_on) for v in visits], at=at, actor=ACTOR
    )
    _start_clocks(visits, at, rules)
    return visits


def _start_clocks(visits: Sequence[Visit], at: datetime, rules: Mapping[str, Any]) -> None:
    """A visit is due by the close of its working day."""
    rows = []
    for visit in visits:
        due_at = policies.hours().closing_at(visit_at(visit.due_on, rules).date())
        minutes = max(int((due_at - at).total_seconds() // 60), 0)
        rule = {"kind": "wall", "amount": minutes}
        rows.append(clocks.NewClock(CLOCK, ("loan", visit.loan_id), visit.branch_id, rule, due_at))
    clocks.start_many(rows, at=at)


def _owed(visit: Visit, rules: Mapping[str, Any], at: datetime) -> Owed:
    words = rules["words"]
    return Owed(
        notice_type="visit_pre_notice", key=f"visit:{visit.pk}", person_id=visit.person_id,
        subject=("loan", visit.loan_id), branch_id=visit.branch_id, entry_id=None, owed_at=at,
        variables={
            "visit_at": visit_at(visit.due_on, rules).isoformat(), "purpose": words["purpose_zh"],
            "outline": words["outline_zh"],
        },
    )  # fmt: skip


def _open_work(until: date, at: datetime, rules: Mapping[str, Any]) -> int:
    """Work of visits that are due by tomorrow; it is seen from the visit's own hour on."""
    visits = list(
        Visit.objects.select_for_update()
        .filter(state__in=LIVE, work_opened_on=None, due_on__lte=until)
        .order_by("id")
    )
    if not visits:
        return 0
    hours = policies.hours()
    items = []
    for visit in visits:
        begins = visit_at(visit.due_on, rules)
        items.append(
            NewWork(
                queue="follow_up", kind=WORK_KIND, subject=("loan", visit.loan_id), person_id=visit.person_id,
                branch_id=visit.branch_id, due_at=hours.closing_at(begins.date()), dedupe_key=work_key(visit.pk),
                not_before_at=hours.opening_at(begins.date()), params={"visit_id": visit.pk, "node": visit.node},
            )
        )  # fmt: skip
    opened = work.open_many(items, at=at, actor=ACTOR)
    Visit.objects.filter(id__in=[visit.pk for visit in visits]).update(work_opened_on=until - _ONE_DAY)
    return opened


def _miss(last_on: date, on: date, at: datetime) -> int:
    visits = list(Visit.objects.select_for_update().filter(state__in=LIVE, due_on__lt=last_on).order_by("id"))
    if visits:
        _end(visits, "missed", at, "visit_missed")
        journal.record_many(
            [facts.VisitMissed(v.loan_id, v.pk, v.node, on) for v in visits], at=at, actor=ACTOR
        )
    return len(visits)


def _end(visits: Sequence[Visit], state: str, at: datetime, reason: str) -> None:
    for before in {visit.state for visit in visits}:
        VISIT.require(before, state)
    ids = [visit.pk for visit in visits]
    Visit.objects.filter(id__in=ids).update(state=state, done_at=at)
    notices.moot_many(keys=_keys(ids), at=at, reason=reason)
    clocks.cancel_many([(CLOCK, ("loan", visit.loan_id)) for visit in visits], at=at, reason=reason)
    work.cancel_many([work_key(pk) for pk in ids], at=at, reason=reason, actor=ACTOR)


def _keys(visit_ids: Iterable[int]) -> list[str]:
    return [f"visit:{pk}" for pk in visit_ids]


def _live(visit_id: int) -> Visit:
    visit = Visit.objects.select_for_update().get(id=visit_id)
    if visit.state not in LIVE:
        raise VisitEnded(visit.state)
    return visit


def _finish(visit: Visit, state: str, staff_id: int, at: datetime) -> None:
    VISIT.require(visit.state, state)
    visit.state, visit.done_at, visit.done_by_id = state, at, staff_id
    visit.save()
    notices.moot_many(keys=_keys([visit.pk]), at=at, reason=f"visit_{state}")
    if state == "missed":
        clocks.cancel(name=CLOCK, subject=("loan", visit.loan_id), at=at, reason="visit_missed")
    else:
        clocks.meet(name=CLOCK, subject=("loan", visit.loan_id), at=at)


def _close_work(visit: Visit, staff_id: int, outcome: str, at: datetime) -> None:
    """The visit's item ends with it, if it is still open."""
    items = work_queries.items(subjects=[("loan", visit.loan_id)], kinds=[WORK_KIND])
    for item in items:
        if item.dedupe_key == work_key(visit.pk):
            work.close(item_id=item.id, staff_id=staff_id, outcome_code=outcome, at=at)


def _remedy(visit: Visit, option: Mapping[str, Any], at: datetime) -> None:
    day = policies.calendar().add_working_days(at.astimezone(BANK_ZONE).date(), 2)
    params = {
        "visit_id": visit.pk,
        "reason": option["code"],
        "next_zh": option["next_zh"],
        "next_en": option["next_en"],
    }
    work.open_many(
        [
            NewWork(
                queue="follow_up", kind=REMEDY_KIND, subject=("loan", visit.loan_id), person_id=visit.person_id,
                branch_id=visit.branch_id, due_at=policies.hours().closing_at(day), dedupe_key=f"{REMEDY_KIND}:{visit.pk}",
                params=params,
            )
        ],
        at=at,
        actor=ACTOR,
    )  # fmt: skip
