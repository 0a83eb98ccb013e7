"""Every read of follow-up; frozen rows out."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from anju.contexts.followup import timetable
from anju.contexts.followup.models import Visit
from anju.platform.policies import queries as policies

PAGE_MAX = 200


@dataclass(frozen=True, slots=True)
class VisitRow:
    """A visit as screens show it. Grades are 1 (worst) to 5."""

    id: int
    loan_id: int
    person_id: int
    branch_id: int
    node: str
    node_zh: str
    node_en: str
    due_on: date
    state: str
    ability: int | None
    willingness: int | None
    opinion: str
    refusal_reason: str
    refusal_text: str
    refused_by_role: str
    noticed_at: datetime | None
    done_at: datetime | None
    done_by_id: int | None


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer of a list, with what happens next."""

    code: str
    label_zh: str
    label_en: str
    next_zh: str
    next_en: str


def visit(visit_id: int) -> VisitRow | None:
    """One visit, or None."""
    found = Visit.objects.filter(id=visit_id).first()
    return None if found is None else _row(found)


def visits(
    *,
    branch_ids: Collection[int] | None,
    states: Collection[str] = ("planned", "noticed"),
    after_id: int = 0,
    limit: int = 50,
) -> list[VisitRow]:
    """A page of visits by id; `branch_ids` None means every branch."""
    rows = Visit.objects.filter(state__in=list(states), id__gt=after_id).order_by("id")
    if branch_ids is not None:
        rows = rows.filter(branch_id__in=list(branch_ids))
    return [_row(v) for v in rows[: min(limit, PAGE_MAX)]]


def refusal_choices() -> list[Choice]:
    """Reasons of refusal in force (S1-03)."""
    rows = policies.toml("timetable.toml")["visits"]["refusal"]
    return [Choice(r["code"], r["label_zh"], r["label_en"], r["next_zh"], r["next_en"]) for r in rows]


def _row(found: Visit) -> VisitRow:
    rules = policies.toml("timetable.toml", version=found.timetable_version or None)["visits"]
    return VisitRow(
        found.pk, found.loan_id, found.person_id, found.branch_id, found.node,
        timetable.label(found.node, rules, "zh"), timetable.label(found.node, rules, "en"), found.due_on, found.state,
        found.ability, found.willingness, found.opinion, found.refusal_reason, found.refusal_text, found.refused_by_role,
        found.noticed_at, found.done_at, found.done_by_id,
    )  # fmt: skip
