"""Every write of notices, one module per step of a notice's life."""

from anju.platform.notices.operations.claiming import skip_unwired
from anju.platform.notices.operations.ending import close_exception, moot_many
from anju.platform.notices.operations.owing import owe, owe_many
from anju.platform.notices.operations.planning import plan
from anju.platform.notices.operations.polling import poll_attempts, sweep
from anju.platform.notices.operations.proving import acknowledge, acknowledge_many, open_inbox
from anju.platform.notices.operations.receiving import receive, receive_many
from anju.platform.notices.operations.sending import send

__all__ = [
    "acknowledge", "acknowledge_many", "close_exception", "moot_many", "open_inbox", "owe", "owe_many", "plan", "poll_attempts",
    "receive", "receive_many", "send", "skip_unwired", "sweep",
]  # fmt: skip
