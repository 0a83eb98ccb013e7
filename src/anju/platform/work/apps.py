from django.apps import AppConfig


class WorkConfig(AppConfig):
    name = "anju.platform.work"
    label = "work"
    verbose_name = "工作项"
    default_auto_field = "django.db.models.BigAutoField"
