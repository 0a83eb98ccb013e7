from django.apps import AppConfig


class HoldsConfig(AppConfig):
    name = "anju.platform.holds"
    label = "holds"
    verbose_name = "政策搁置"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from anju.platform.holds import duties, jobs  # noqa: F401 -- jobs register themselves

        duties.connect()
