"""Loans: search, one loan with its schedule, bills, payments and notices, and the evidence bundle."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from anju.contexts.collections import evidence
from anju.contexts.servicing import queries as servicing
from anju.core.basis_points import ppm_to_bp
from anju.platform.journal import queries as journal
from anju.platform.notices import queries as notices
from anju.web import format as fmt
from anju.web import often
from anju.web.charts import Chart, Series
from anju.web.desk import case_view, shell, words
from anju.web.desk.reads import case as reads
from anju.web.desk.scope import Desk, desk_page

PAGE_SIZE = 50
TIMELINE_SHOWN = 30
SCHEDULE_AROUND = 6
ROW_TONES = {"paid_before": "calm", "paid": "good", "open": "warn", "overdue": "bad", "future": "calm"}


@desk_page("loan.view")
def search(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Loans by number, name, or whole ID number or phone; without a question the first ones of the branch."""
    text = request.GET.get("q", "").strip()[:60]
    after = request.GET.get("after", "")
    after_id = int(after) if after.isdigit() and len(after) < 18 else 0
    if text:
        found = servicing.search(text, desk.branch_ids, limit=PAGE_SIZE)
        next_url = ""
    else:
        found = servicing.loans_page(desk.branch_ids, after_id=after_id, limit=PAGE_SIZE + 1)
        next_url = (
            f"{reverse('desk:loans')}?after={found[PAGE_SIZE - 1].id}" if len(found) > PAGE_SIZE else ""
        )
    rows = [
        {
            "url": reverse("desk:loan", args=[row.id]), "loan_no": row.loan_no, "name": row.borrower_name,
            "product": row.product_en if fmt.in_english() else row.product_zh, "principal": fmt.amount(row.principal_fen),
            "start": fmt.day(row.start_on), "branch": row.branch_name, "state": row.state,
        }
        for row in found[:PAGE_SIZE]
    ]  # fmt: skip
    context = {
        "q": text,
        "rows": rows,
        "next_url": next_url,
        "first_url": reverse("desk:loans") if after_id else "",
    }
    return shell.page(request, desk, "desk/loans.html", context, at="loans")


def _loan(desk: Desk, loan_id: int) -> servicing.LoanRow:
    try:
        return servicing.loan_row(loan_id, desk.branch_ids)
    except KeyError:
        raise Http404 from None


@desk_page("loan.view")
def show(request: HttpRequest, desk: Desk, loan_id: int) -> HttpResponse:
    """One loan: nine queries and the shell's two."""
    loan = _loan(desk, loan_id)
    schedule = servicing.schedule_of(loan_id, desk.on)
    whole = request.GET.get("schedule") == "all"
    told = notices.obligations_of(("loan", loan_id), limit=20)
    entries = journal.timeline([("loan", loan_id)], limit=TIMELINE_SHOWN)
    picture = reads.picture(
        loan=loan_id, person=loan.borrower_id, type="loan", id=loan_id, day=desk.at, at=desk.at, visit=None,
        holder=None, assignee=None,
    )  # fmt: skip
    context = {
        "loan": loan,
        "terms": _terms(loan, picture["loan"]),
        "position": _position(picture["loan"]),
        "parties": _parties(loan_id, servicing.parties_of(loan_id)),
        "hold": picture.get("hold"),
        "schedule": _schedule(schedule, whole),
        "whole": whole,
        "schedule_url": f"{reverse('desk:loan', args=[loan_id])}?schedule=all#schedule",
        "charts": _charts(schedule, often.PERIODS_A_YEAR[loan.frequency]),
        "payments": [_payment(row) for row in servicing.payments_of(loan_id, limit=12)],
        "notices": [obligation_face(row) for row in told],
        "lines": case_view.told(entries, picture),
        "may_export": desk.may("evidence.export"),
        "may_join": desk.may("loan.parties"),
        "may_change": desk.may("loan.change") and loan.state != "settled",
    }
    return shell.page(request, desk, "desk/loan.html", context, at="loans")


def _terms(loan: servicing.LoanRow, row: dict[str, Any]) -> list[tuple[str, str]]:
    rate = words.word(words.RATE_KINDS, loan.rate_kind)
    if loan.rate_kind == "lpr":
        rate = _("%(tenor)s LPR %(spread)s") % {
            "tenor": loan.tenor.upper(),
            "spread": fmt.points(ppm_to_bp(loan.spread_ppm)),
        }
    if loan.rate_kind == "fixed":
        rate = f"{rate} {fmt.percent(loan.fixed_ppm)}"
    return [
        (_("产品"), loan.product_en if fmt.in_english() else loan.product_zh),
        (_("合同金额"), fmt.money(loan.principal_fen)),
        (_("期限"), fmt.term(loan.months)),
        (_("还款方式"), words.word(words.METHODS, loan.method)),
        (_("放款日"), fmt.day(loan.start_on)),
        (_("还款频率"), often.name(loan.frequency)),
        (_("还款日"), often.when(loan)),
        (_("利率"), rate),
        (_("住房套数"), words.word(words.HOMES, loan.home)),
        (_("机构"), loan.branch_name),
        (_("客户经理"), row["manager"] or fmt.NOTHING),
    ]


def _position(row: dict[str, Any]) -> list[dict[str, str]]:
    if row.get("balance_fen") is None:
        return []
    due = (row["next_principal_fen"] or 0) + (row["next_interest_fen"] or 0)
    overdue = row["overdue_fen"] or 0
    late = _("逾期 %(n)s 天") % {"n": row["days_past_due"]} if overdue else _("没有逾期")
    return [
        {
            "label": _("剩余本金"),
            "value": fmt.money(row["balance_fen"]),
            "note": _("截至 %(on)s") % {"on": row["as_of_on"]},
        },
        {"label": _("执行利率"), "value": fmt.percent(row["rate_ppm"]), "note": _("年利率")},
        {"label": _("下期应还"), "value": fmt.money(due), "note": row["next_due_on"] or fmt.NOTHING},
        {"label": _("逾期金额"), "value": fmt.money(overdue), "note": late, "tone": "bad" if overdue else ""},
    ]


def _parties(loan_id: int, rows: list[servicing.PartyRow]) -> list[dict[str, str]]:
    return [
        {
            "name": row.name, "role": words.word(words.PARTIES, row.role),
            "url": f"{reverse('desk:told', args=[row.person_id])}?subject=loan:{loan_id}",
        }
        for row in rows
    ]  # fmt: skip


def _schedule(rows: list[servicing.ScheduleRow], whole: bool) -> list[dict[str, Any]]:
    """The instalments around today; all of them when asked for."""
    future = next((place for place, row in enumerate(rows) if row.state == "future"), len(rows))
    shown = rows if whole else rows[max(0, future - SCHEDULE_AROUND) : future + SCHEDULE_AROUND]
    return [
        {
            "seq": row.seq, "due": fmt.day(row.due_on), "amount": fmt.amount(row.amount_fen),
            "principal": fmt.amount(row.principal_fen), "interest": fmt.amount(row.interest_fen),
            "balance": fmt.amount(row.balance_after_fen), "rate": fmt.percent(row.rate_ppm),
            "tone": ROW_TONES[row.state], "state": fmt.row_kind(row.kind) or _row_state(row.state), "paid": fmt.day(row.paid_on),
        }
        for row in shown
    ]  # fmt: skip


def _row_state(state: str) -> str:
    names = {
        "paid_before": _("迁入前已还"), "paid": _("已还清"), "open": _("待还"), "overdue": _("逾期"), "future": _("未到期"),
    }  # fmt: skip
    return names[state]


def _charts(rows: list[servicing.ScheduleRow], a_year: int) -> list[Chart]:
    days = [fmt.day(row.due_on) for row in rows]
    parts = Chart(
        "schedule-parts", _("每期还多少：本金和利息各是多少？"), "stack", _("到期日"), days,
        [Series(_("本金"), [row.principal_fen for row in rows]), Series(_("利息"), [row.interest_fen for row in rows])],
        table_every=a_year,
    )  # fmt: skip
    rest = Chart(
        "schedule-rest", _("剩余本金怎样减少？"), "area", _("到期日"), days,
        [Series(_("剩余本金"), [row.balance_after_fen for row in rows])], table_every=a_year,
    )  # fmt: skip
    return [parts, rest]


def _payment(row: servicing.PaymentLine) -> dict[str, str]:
    states = {
        "received": (_("待入账"), "warn"),
        "posted": (_("已入账"), "good"),
        "before_opening": (_("迁入前"), "calm"),
    }
    state, tone = states.get(row.state, (row.state, "calm"))
    return {
        "on": fmt.day(row.paid_on), "amount": fmt.amount(row.amount_fen), "rest": fmt.amount(row.unapplied_fen),
        "channel": words.word(words.PAY_CHANNELS, row.channel) or fmt.NOTHING, "ref": row.external_ref, "state": state, "tone": tone,
    }  # fmt: skip


def obligation_face(row: notices.ObligationRow) -> dict[str, Any]:
    """A notice in a list."""
    return {
        "url": reverse("desk:obligation", args=[row.id]), "label": row.label_en if fmt.in_english() else row.label_zh,
        "state": row.state, "proof": words.word(words.PROOFS, row.rung), "owed": fmt.moment(row.owed_at),
        "deadline": fmt.moment(row.deadline_at), "reason": row.reason_en if fmt.in_english() else row.reason_zh,
    }  # fmt: skip


@desk_page("evidence.export", methods=("POST",))
def export(request: HttpRequest, desk: Desk, loan_id: int) -> HttpResponse:
    """The evidence bundle of one loan, as a file; making it is itself recorded."""
    _loan(desk, loan_id)
    bundle = evidence.export(loan_id=loan_id, at=desk.at, actor=desk.actor)
    response = HttpResponse(bundle.content, content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="{bundle.name}"'
    response["X-Anju-SHA256"] = bundle.sha256
    return response
