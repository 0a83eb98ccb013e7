"""What runs by itself: nothing reserved, asked or granted rests unseen; doubtful addresses become work."""

from datetime import datetime, time

from anju.platform.contacts import addresses, operations, recordings
from anju.platform.work.jobs import periodic


@periodic("contacts.sweep", 600)
def sweep(at: datetime) -> None:
    """Contacts that nobody finished, overrides whose time is over."""
    operations.expire(at=at)
    operations.overrides_expire(at=at)


@periodic("contacts.settle", daily_at=time(3, 10))
def settle(at: datetime) -> None:
    """The whole ledger: reserved ones the sweep missed, and results that never came."""
    operations.expire(at=at, everything=True)
    operations.settle(at=at)


@periodic("contacts.addresses", daily_at=time(2, 50))
def address_health(at: datetime) -> None:
    """Addresses without proof for long are stale; one work item for each person with a doubtful one (S2-04, S2-07)."""
    addresses.mark_stale(at=at)
    addresses.open_repairs(at=at)


@periodic("contacts.recordings", daily_at=time(3, 40))
def erase_recordings(at: datetime) -> None:
    """Recordings whose time is over go, each with a fact (PIPL Art. 19: as short as the purpose allows)."""
    recordings.erase_old(at=at)
