"""Is the database's shape that of this version? An embedded one is brought there; a bank's own is never touched unasked."""

import os
from pathlib import Path

from django.apps import apps
from django.core.management import call_command
from django.db import connection

LOCK = 0x416E6A75  # one preparer at a time; the number is "Anju"


class NotPrepared(Exception):
    """The database lacks migrations of this version."""

    def __init__(self, missing: int) -> None:
        self.zh = f"数据库结构不是本版本的（缺 {missing} 步）：请先执行 anju migrate。"
        self.en = f"The database lacks {missing} migrations of this version: run anju migrate first."
        self.message_zh, self.message_en = self.zh, self.en
        super().__init__(self.en)


def missing_migrations() -> int:
    """How many migrations on disk the database has not seen. Reads names only: quick enough for every command."""
    on_disk = {
        (app.label, file.stem)
        for app in apps.get_app_configs()
        for file in Path(app.path, "migrations").glob("[0-9]*.py")
    }
    if "django_migrations" not in connection.introspection.table_names():
        return len(on_disk)
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations")
        return len(on_disk - {(app, name) for app, name in cursor.fetchall()})


def schema() -> int:
    """Apply what is missing to an embedded database; returns how many. Raises ``NotPrepared`` for ``DATABASE_URL``."""
    missing = missing_migrations()
    if missing == 0:
        return 0
    if os.environ.get("DATABASE_URL"):
        raise NotPrepared(missing)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
    try:
        call_command("migrate", interactive=False, verbosity=0)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
    return missing
