"""Which handler hears which fact, and which port stands behind a screen. Jobs are found by ``site.jobs``."""


def connect() -> None:
    """Called once when Django is ready."""
    from anju.contexts.collections import handlers as collections
    from anju.contexts.followup import handlers as followup
    from anju.dayend import handlers as dayend
    from anju.site import desk, portal

    collections.connect()
    followup.connect()
    dayend.connect()
    desk.connect()
    portal.connect()
