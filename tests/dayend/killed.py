"""A day end in a process of its own, for the kill test: says each step before it begins."""

import os
import sys
from datetime import date

import django
from django.conf import settings


def main() -> None:
    """``python -m tests.dayend.killed DATABASE DATE``."""
    database, on = sys.argv[1], date.fromisoformat(sys.argv[2])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "anju.site.settings")
    settings.DATABASES["default"]["NAME"] = database
    django.setup()
    from anju.dayend import close
    from anju.dayend.errors import DayEndBusy

    def step(day: date, name: str, ordinal: int, total: int) -> None:
        print(f"{day} {name} {ordinal}/{total}", flush=True)

    try:
        close.close_through(on=on, progress=step)
    except DayEndBusy:
        sys.exit(75)
    print("closed", flush=True)


if __name__ == "__main__":
    main()
