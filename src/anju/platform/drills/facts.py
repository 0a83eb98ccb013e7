"""What happened about drills. They have one chain, that of the installation."""

from dataclasses import dataclass
from typing import ClassVar

from anju.platform.journal.facts import Fields, Subject

INSTALLATION: Subject = ("installation", 1)


@dataclass(frozen=True, slots=True)
class DrillReportSealed(Fields):
    """The report of a drill was found in the data folder: from now on a change of it can be seen."""

    KIND: ClassVar[str] = "drills.report.sealed"
    subject: Subject
    name: str
    sha256: str
    ok: bool
