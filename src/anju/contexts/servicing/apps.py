from django.apps import AppConfig


class ServicingConfig(AppConfig):
    name = "anju.contexts.servicing"
    label = "servicing"
    verbose_name = "贷后"
    default_auto_field = "django.db.models.BigAutoField"
