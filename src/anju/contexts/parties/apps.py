from django.apps import AppConfig


class PartiesConfig(AppConfig):
    name = "anju.contexts.parties"
    label = "parties"
    verbose_name = "当事人"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from anju.contexts.parties import queries
        from anju.platform.contacts import people

        people.register_lookup(queries.facts_of)
