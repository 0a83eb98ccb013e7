"""One form for every figure a person reads (screens page: "One format each"), in the reader's language.

Pure functions of their arguments and the active language; templates use them through ``{% load anju %}``.
In a long list call them once per row when the row is built, not once per cell in the template.
"""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from anju.core.basis_points import BasisPoints, bp_to_ppm, signed_bp
from anju.core.money import fen_to_display, ppm_to_percent_text
from anju.core.tape_rules import mask_id_number, mask_name, mask_phone
from anju.core.working_time import BANK_ZONE

NOTHING = "—"
MINUTES_PER_HOUR = 60
MINUTES_PER_DAY = 24 * MINUTES_PER_HOUR

_WEEKDAYS_ZH = "一二三四五六日"
_WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

__all__ = [
    "amount",
    "day",
    "day_long",
    "days_away",
    "duration",
    "in_english",
    "mask_id_number",
    "mask_name",
    "mask_phone",
    "moment",
    "money",
    "percent",
    "points",
    "remaining",
    "row_kind",
    "share",
    "term",
    "year_month",
]


def row_kind(kind: str) -> str:
    """What a row of a plan is called when it is not an ordinary instalment (then it has no name of its own)."""
    names = {
        "prepayment": _("提前还款"),
        "payoff": _("提前结清"),
        "holiday": _("延期，本期不还"),
        "capitalised": _("利息转本金"),
        "waived": _("减免利息"),
        "stub": _("首段利息"),
    }
    return names.get(kind, "")


def in_english() -> bool:
    """True when the reader chose English."""
    return (get_language() or "").startswith("en")


def money(fen: int | None) -> str:
    """Fen as ``1,234.56 元`` (English: ``CNY 1,234.56``); None is a dash."""
    return NOTHING if fen is None else _("%(amount)s 元") % {"amount": fen_to_display(fen)}


def amount(fen: int | None) -> str:
    """Fen as ``1,234.56``, for columns whose head names the unit; None is a dash."""
    return NOTHING if fen is None else fen_to_display(fen)


def percent(ppm: int | None) -> str:
    """A yearly rate in ppm as ``3.95%``, two to four decimals; None is a dash."""
    return NOTHING if ppm is None else f"{ppm_to_percent_text(ppm)}%"


def share(part: int, whole: int) -> str:
    """A part of a count as ``90.2%``, never rounded up, so that 100 % means all; of nothing a dash."""
    return f"{part * 1000 // whole / 10:.1f}%" if whole else NOTHING


def points(bp: BasisPoints) -> str:
    """A spread in basis points as ``+20 个基点``, ``-22.5 个基点``; zero has no sign."""
    return _("%(points)s 个基点") % {"points": signed_bp(bp_to_ppm(bp)) if bp else "0"}


def day(on: date | None) -> str:
    """``2026-11-22``; an instant is taken at the bank; None is a dash."""
    if isinstance(on, datetime):
        on = on.astimezone(BANK_ZONE).date()
    return NOTHING if on is None else on.isoformat()


def day_long(on: date | None) -> str:
    """``11月22日 周日`` (English ``Sun 22 Nov``); None is a dash."""
    if on is None:
        return NOTHING
    if in_english():
        return f"{_WEEKDAYS_EN[on.weekday()]} {on.day} {_MONTHS_EN[on.month - 1]}"
    return f"{on.month}月{on.day}日 周{_WEEKDAYS_ZH[on.weekday()]}"


def weekday(on: date) -> str:
    """``周四`` (English ``Thu``)."""
    return _WEEKDAYS_EN[on.weekday()] if in_english() else f"周{_WEEKDAYS_ZH[on.weekday()]}"


def moment(at: datetime | None, zone: ZoneInfo = BANK_ZONE) -> str:
    """``11月22日 周日 14:30`` (English ``Sun 22 Nov 14:30``) in the zone; None is a dash."""
    if at is None:
        return NOTHING
    local = at.astimezone(zone)
    return f"{day_long(local.date())} {local:%H:%M}"


def year_month(on: date) -> str:
    """``2026年11月`` (English ``Nov 2026``)."""
    return f"{_MONTHS_EN[on.month - 1]} {on.year}" if in_english() else f"{on.year}年{on.month}月"


def duration(minutes: int) -> str:
    """``2 天 3 小时``, ``2 小时 10 分`` or ``8 分``: the two largest units of so many minutes."""
    minutes = abs(minutes)
    days, rest = divmod(minutes, MINUTES_PER_DAY)
    hours, left = divmod(rest, MINUTES_PER_HOUR)
    parts = []
    if days:
        parts.append(_("%(n)s 天") % {"n": days})
    if hours:
        parts.append(_("%(n)s 小时") % {"n": hours})
    if (left and not days) or not parts:
        parts.append(_("%(n)s 分") % {"n": left})
    return " ".join(parts)


def remaining(minutes: int, *, working: bool = True) -> str:
    """``还有 2 小时 10 分（工作时间）``; a negative number says by how much the time is over.

    Working minutes are told in hours and minutes only: a working day has no 24 hours.
    """
    if working:
        hours, left = divmod(abs(minutes), MINUTES_PER_HOUR)
        parts = [_("%(n)s 小时") % {"n": hours}] if hours else []
        if left or not hours:
            parts.append(_("%(n)s 分") % {"n": left})
        span = " ".join(parts)
        text = _("已超时 %(span)s（工作时间）") if minutes < 0 else _("还有 %(span)s（工作时间）")
        return text % {"span": span}
    text = _("已超时 %(span)s") if minutes < 0 else _("还有 %(span)s")
    return text % {"span": duration(minutes)}


def days_away(on: date, today: date) -> str:
    """``今天``, ``明天``, ``3 天后`` or ``3 天前``."""
    days = (on - today).days
    if days in (0, 1):
        return _("明天") if days else _("今天")
    return _("%(n)s 天后") % {"n": days} if days > 0 else _("%(n)s 天前") % {"n": -days}


def term(months: int) -> str:
    """``30 年`` or ``2 年 6 个月``."""
    years, left = divmod(months, 12)
    parts = [_("%(n)s 年") % {"n": years}] if years else []
    if left or not years:
        parts.append(_("%(n)s 个月") % {"n": left})
    return " ".join(parts)
