from django.apps import AppConfig


class FollowupConfig(AppConfig):
    name = "anju.contexts.followup"
    label = "followup"
    verbose_name = "回访"
    default_auto_field = "django.db.models.BigAutoField"
