from django.apps import AppConfig


class PartiesConfig(AppConfig):
    name = "anju.contexts.parties"
    label = "parties"
    verbose_name = "当事人"
    default_auto_field = "django.db.models.BigAutoField"
