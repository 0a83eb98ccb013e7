"""How often a loan is due 还款频率, in words; desk and portal."""

from django.utils.translation import gettext as _

from anju.contexts.servicing.queries import LoanRow
from anju.web import format as fmt

MONTHS_APART = {"quarterly": 3, "half_yearly": 6, "yearly": 12}
PERIODS_A_YEAR = {"monthly": 12, "fortnightly": 26, "quarterly": 4, "half_yearly": 2, "yearly": 1, "once": 1}


def name(frequency: str) -> str:
    """The frequency, as it is called."""
    names = {
        "monthly": _("按月"), "fortnightly": _("双周供（每 14 天一期）"), "quarterly": _("按季"), "half_yearly": _("按半年"),
        "yearly": _("按年"), "once": _("到期一次还本付息"),
    }  # fmt: skip
    return names[frequency]


def when(row: LoanRow) -> str:
    """On which days instalments fall due."""
    if row.frequency == "monthly":
        return _("每月 %(n)s 日") % {"n": row.due_day}
    if row.frequency == "fortnightly":  # every 14 days from payout: always the same day of the week
        return _("每两周的%(weekday)s") % {"weekday": fmt.weekday(row.start_on)}
    if row.frequency == "once":
        return _("到期日（%(n)s 日）一次还清") % {"n": row.due_day}
    return _("每 %(months)s 个月的 %(n)s 日") % {"months": MONTHS_APART[row.frequency], "n": row.due_day}
