"""Every write about drills: a report that lies in the folder is sealed, once, by its checksum in the journal."""

from datetime import datetime
from pathlib import Path

from django.db import connection, transaction

from anju.platform.drills import files, queries
from anju.platform.drills.facts import INSTALLATION, DrillReportSealed
from anju.platform.journal import operations as journal

ACTOR = "system:drills"
BATCH = 50


def reports_seal(*, folder: Path, at: datetime) -> int:
    """Record the checksum of reports that are new in the folder, the oldest first; how many. One that cannot be read
    is left to people: the page shows it.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('drills.seal'))")
        known = queries.seals()
        facts = []
        for name in sorted(set(files.names(folder)) - set(known))[:BATCH]:
            try:
                kept = files.read(folder, name)
            except (files.DrillUnreadable, FileNotFoundError):
                continue
            facts.append(DrillReportSealed(INSTALLATION, name, kept.sha256, kept.ok))
        journal.record_many(facts, at=at, actor=ACTOR)
    return len(facts)
