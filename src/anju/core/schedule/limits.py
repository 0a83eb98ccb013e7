"""May this event happen? Policy limits on events, with reasons (facts sections 4 and 5).

Every limit is an argument (dated policy data), never a constant here; None or 0 means no limit.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from anju.core.dates import add_months
from anju.core.errors import BadInput
from anju.core.money import PPM_ONE, fen_to_display
from anju.core.schedule.events import Event, Extend, Holiday, InterestOnly, Payoff, Prepay, Restructure
from anju.core.schedule.fold import Events, position, post
from anju.core.schedule.penalties import loan_year_start
from anju.core.schedule.terms import Terms
from anju.core.verdict import Reason, Verdict


@dataclass(frozen=True, slots=True)
class EventLimits:
    """What a product or the law allows. Amounts fen, shares ppm.

    `extension_share_max_ppm`: all extensions together, of the original term (金规〔2026〕5号 Art. 26: 500 000);
    `term_months_max`: original term and extensions together (480).
    """

    prepay_min_fen: int = 0
    prepay_multiple_fen: int = 0
    prepay_after_months: int = 0
    prepay_notice_days: int = 0
    payoff_notice_days: int = 0
    prepayments_per_year_max: int | None = None
    prepay_on_due_day: bool = True
    prepay_while_overdue: bool = True
    extension_share_max_ppm: int | None = None
    term_months_max: int | None = None
    holiday_periods_max: int | None = None
    interest_only_periods_max: int | None = None


def allowed(
    terms: Terms,
    events: Events,
    event: Event,
    limits: EventLimits,
    *,
    asked_on: date | None = None,
    overdue: bool = False,
    policy_version: str = "",
) -> Verdict:
    """Whether the event may happen, with every reason against it.

    `asked_on` (default: the event's day) is when it was asked for, `overdue` whether anything is unpaid then.
    What the arithmetic itself refuses is a reason too, code `not_possible`.
    """
    asked = asked_on or event.on
    reasons = []
    if isinstance(event, Prepay | Payoff):
        reasons += _prepayment(terms, events, event, limits, asked, overdue)
    if isinstance(event, Prepay):
        reasons += _amount(event.amount_fen, limits)
    if isinstance(event, Extend | Restructure):
        reasons += _longer(terms, events, event, limits)
    if isinstance(event, Holiday | InterestOnly):
        reasons += _window(event, limits)
    try:
        post(terms, events, event)
    except BadInput as error:
        reasons.append(Reason("not_possible", error.message_zh, error.message_en))
    return Verdict(not reasons, tuple(reasons), policy_version)


def _amount(amount_fen: int, limits: EventLimits) -> list[Reason]:
    """Least amount of a partial prepayment, and the amount it must be a multiple of."""
    reasons, least, unit = [], limits.prepay_min_fen, limits.prepay_multiple_fen
    if amount_fen < least:
        yuan = fen_to_display(least)
        zh, en = f"部分提前还款不少于 {yuan} 元。", f"A partial prepayment is at least {yuan} yuan."
        reasons.append(Reason("prepay_too_small", zh, en))
    if unit and amount_fen % unit:
        yuan = fen_to_display(unit)
        zh, en = f"金额须为 {yuan} 元的整数倍。", f"The amount must be a multiple of {yuan} yuan."
        reasons.append(Reason("prepay_not_a_multiple", zh, en))
    return reasons


def _prepayment(
    terms: Terms, events: Events, event: Prepay | Payoff, limits: EventLimits, asked: date, overdue: bool
) -> list[Reason]:
    reasons = []
    notice = limits.payoff_notice_days if isinstance(event, Payoff) else limits.prepay_notice_days
    if event.on < asked + timedelta(days=notice):
        zh, en = f"须提前 {notice} 天预约。", f"It needs {notice} days of notice."
        reasons.append(Reason("notice_too_short", zh, en))
    earliest = add_months(terms.start_on, limits.prepay_after_months)
    if event.on < earliest:
        zh, en = f"{earliest} 起方可提前还款。", f"Prepayment is possible from {earliest}."
        reasons.append(Reason("too_early", zh, en))
    since, most = loan_year_start(terms.start_on, event.on), limits.prepayments_per_year_max
    made = sum(isinstance(each, Prepay) and since <= each.on <= event.on for each in events)
    if most is not None and isinstance(event, Prepay) and made >= most:
        zh, en = f"每年最多提前还款 {most} 次。", f"At most {most} prepayments a year."
        reasons.append(Reason("too_often", zh, en))
    if not limits.prepay_while_overdue and overdue:
        zh, en = "有逾期未还，须先还清逾期款项。", "Something is overdue; it must be paid first."
        reasons.append(Reason("overdue", zh, en))
    if not limits.prepay_on_due_day and _falls_due(terms, events, event.on):
        zh, en = "还款日当天不办理提前还款。", "No prepayment on a due day."
        reasons.append(Reason("on_due_day", zh, en))
    return reasons


def _falls_due(terms: Terms, events: Events, on: date) -> bool:
    return position(terms, events, on - timedelta(days=1)).next_due_on == on if on > terms.start_on else False


def _longer(terms: Terms, events: Events, event: Extend | Restructure, limits: EventLimits) -> list[Reason]:
    """Caps on the term, counted in months from payout."""
    now = position(terms, events, event.on)
    if (
        terms.conventions.frequency == "fortnightly"
    ):  # its instalments are no months, and it is never restructured
        total = terms.months + sum(each.months for each in (*events, event) if isinstance(each, Extend))
    else:
        left = 0 if isinstance(event, Restructure) else now.periods_left
        total = (now.next_seq - 1 + left) * terms.every + event.months
    share, most, reasons = limits.extension_share_max_ppm, limits.term_months_max, []
    if share is not None and (total - terms.months) * PPM_ONE > terms.months * share:
        cap = terms.months * share // PPM_ONE
        zh = f"展期累计不超过原期限的 {share // 10_000}%（{cap} 个月）。"
        en = f"Extensions together are at most {share // 10_000}% of the original term ({cap} months)."
        reasons.append(Reason("extension_too_long", zh, en))
    if most is not None and total > most:
        zh, en = (
            f"原期限与展期合计不超过 {most} 个月。",
            f"Term and extensions together are at most {most} months.",
        )
        reasons.append(Reason("term_too_long", zh, en))
    return reasons


def _window(event: Holiday | InterestOnly, limits: EventLimits) -> list[Reason]:
    holiday = isinstance(event, Holiday)
    most = limits.holiday_periods_max if holiday else limits.interest_only_periods_max
    if most is None or event.periods <= most:
        return []
    zh, en = f"最多 {most} 期。", f"At most {most} instalments."
    return [Reason("holiday_too_long" if holiday else "interest_only_too_long", zh, en)]
