"""``{% load anju %}``: the formats of ``anju.web.format`` as filters, and labels of lifecycle states."""

from datetime import date, datetime

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from anju.core import lifecycles
from anju.core.lifecycle import Lifecycle
from anju.core.verdict import Reason, Verdict
from anju.web import format as fmt

register = template.Library()

register.filter("money_fen", fmt.money)
register.filter("amount_fen", fmt.amount)
register.filter("percent_ppm", fmt.percent)
register.filter("points_bp", fmt.points)
register.filter("day", fmt.day)
register.filter("day_long", fmt.day_long)
register.filter("moment", fmt.moment)
register.filter("year_month", fmt.year_month)
register.filter("duration_minutes", fmt.duration)
register.filter("term_months", fmt.term)
register.filter("mask_name", fmt.mask_name)
register.filter("mask_phone", fmt.mask_phone)
register.filter("mask_id_number", fmt.mask_id_number)

TONES = ("good", "warn", "bad", "info", "calm")
_TABLES = {value.name: value for value in vars(lifecycles).values() if isinstance(value, Lifecycle)}
_STATES_OF_TONE = {
    "good": "settled paid proven met kept done delivered acknowledged loaded approved",
    "bad": "exception breached broken failed refused rejected missed",
    "warn": "paused in_doubt proposed submitted",
    "info": "in_flight accepted claimed in_progress running open active planned noticed",
}
_STATE_TONES = {code: tone for tone, codes in _STATES_OF_TONE.items() for code in codes.split()}


@register.filter
def remaining_working(minutes: int) -> str:
    """Working minutes left, told as ``还有 2 小时 10 分（工作时间）``."""
    return fmt.remaining(minutes, working=True)


@register.filter
def remaining_wall(minutes: int) -> str:
    """Minutes left by the wall clock, told as ``还有 2 小时 10 分``."""
    return fmt.remaining(minutes, working=False)


@register.filter
def days_away(on: date, today: date) -> str:
    """``3 天后``, seen from a day."""
    return fmt.days_away(on, today)


@register.filter
def state_label(code: str, table: str) -> str:
    """The desk's word for a state: ``{{ loan.state|state_label:"loan" }}``."""
    state = _TABLES[table].state(code)
    return state.label_en if fmt.in_english() else state.label_zh


@register.filter
def state_for_borrower(code: str, table: str) -> str:
    """The borrower's word for a state: ``{{ bill.state|state_for_borrower:"bill" }}``."""
    state = _TABLES[table].state(code)
    return state.borrower_en if fmt.in_english() else state.borrower_zh


@register.filter
def state_tone(code: str) -> str:
    """Which of ``TONES`` a state is shown in; unknown states are calm."""
    return _STATE_TONES.get(code, "calm")


@register.filter
def tone_icon(tone: str) -> str:
    """The icon that goes with a tone, so that colour never stands alone."""
    icons = {"good": "circle-check", "warn": "alert-triangle", "bad": "alert-circle", "info": "info-circle"}
    return icons.get(tone, "minus")


@register.filter
def in_words(verdict_or_reason: Verdict | Reason) -> str:
    """A core ``Reason``, or all reasons of a ``Verdict``, in the reader's language."""
    return verdict_or_reason.en if fmt.in_english() else verdict_or_reason.zh


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """``{% icon "phone" %}``: an icon of the sprite, hidden from screen readers: words stand beside it."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        css,
        static("vendor/icons.svg"),
        name,
    )


@register.simple_tag
def time_tag(at: datetime | date | None) -> SafeString | str:
    """A ``<time>`` element: told to people in our form, to machines in ISO."""
    if at is None:
        return fmt.NOTHING
    text = fmt.moment(at) if isinstance(at, datetime) else fmt.day(at)
    return format_html('<time datetime="{}">{}</time>', at.isoformat(), text)
