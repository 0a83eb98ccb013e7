"""Small frozen values that components show, made from what queries return."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from anju.web import format as fmt

SOON_MINUTES = 60


@dataclass(frozen=True, slots=True)
class ClockFace:
    """A deadline as people see it: name, what is left, when it is, why it stands still; colour and words."""

    label: str
    remaining: str
    at: str
    iso: str
    tone: str
    icon: str
    why: str = ""


def clock_face(
    *, label: str, state: str, due_at: datetime, minutes_left: int, working: bool = True, why: str = ""
) -> ClockFace:
    """From a clock's state (running, paused, met, breached, cancelled), its due instant and the minutes left.

    ``minutes_left`` is negative when the time is over; with ``working`` it counts working minutes.
    """
    late = state == "breached" or (state == "running" and minutes_left < 0)
    if state == "met":
        remaining, tone, icon = _("按时完成"), "good", "circle-check"
    elif state == "cancelled":
        remaining, tone, icon = _("已取消"), "calm", "ban"
    elif state == "paused":
        remaining = _("已暂停，%(left)s") % {"left": fmt.remaining(minutes_left, working=working)}
        tone, icon = "warn", "clock-pause"
    elif late:
        remaining = fmt.remaining(-abs(minutes_left), working=working)
        tone, icon = "bad", "clock-exclamation"
    else:
        remaining = fmt.remaining(minutes_left, working=working)
        tone, icon = ("warn" if minutes_left <= SOON_MINUTES else "info"), "clock"
    return ClockFace(label, remaining, fmt.moment(due_at), due_at.isoformat(), tone, icon, why)
