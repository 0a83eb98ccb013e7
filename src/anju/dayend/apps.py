from django.apps import AppConfig


class DayendConfig(AppConfig):
    name = "anju.dayend"
    label = "dayend"
    verbose_name = "日终"
    default_auto_field = "django.db.models.BigAutoField"
