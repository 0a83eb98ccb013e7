from django.apps import AppConfig


class DrillsConfig(AppConfig):
    name = "anju.platform.drills"
    label = "drills"
    verbose_name = "演练"

    def ready(self) -> None:
        from anju.platform.drills import jobs  # noqa: F401 -- jobs register themselves
