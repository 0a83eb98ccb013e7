"""Which handler hears which fact, and which port stands behind a screen. Jobs are found by ``site.jobs``."""


def connect() -> None:
    """Called once when Django is ready."""
    from anju.adapters import ports_from_environment
    from anju.contexts.collections import handlers as collections
    from anju.contexts.followup import handlers as followup
    from anju.contexts.servicing import queries as servicing
    from anju.contexts.servicing import retention, work_outcomes
    from anju.contexts.servicing.queries.parties import joined_loans
    from anju.dayend import handlers as dayend
    from anju.platform.contacts import addresses, recordings
    from anju.platform.notices import jobs as notice_jobs
    from anju.platform.notices import recipients
    from anju.site import desk, portal

    collections.connect()
    followup.connect()
    dayend.connect()
    work_outcomes.connect()
    desk.connect()
    portal.connect()
    addresses.register_homes(servicing.homes_of)
    addresses.connect()
    recordings.register_keeper(retention.needed)
    recipients.register_lookup("loan", servicing.others_of_loans)
    recipients.register_joined("loan", joined_loans)
    notice_jobs.connect_ports(ports_from_environment)
