"""A process that plans and sends until nothing is left; the kill test runs and kills it.

Arguments: database name, the simulated gateway's file, idempotent (1 or 0), the instant.
"""

import os
import sys
from datetime import datetime
from pathlib import Path


def main(database: str, path: str, idempotent: str, at_text: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "anju.site.settings")
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = database
    import django

    django.setup()
    from anju.adapters.inbox import InboxPort
    from anju.adapters.simulated.provider import SimulatedProvider
    from anju.platform.notices import operations

    at = datetime.fromisoformat(at_text)
    sms = SimulatedProvider("sms", path=Path(path), idempotent=idempotent == "1")
    ports = {"inbox": [InboxPort()], "sms": [sms]}
    print("ready", flush=True)
    while True:
        planned = operations.plan(at=at, limit=40)
        sent = operations.send(at=at, limit=10, ports=ports)
        if not planned.taken and not sent.claimed:
            print("done", flush=True)
            return


if __name__ == "__main__":
    main(*sys.argv[1:])
