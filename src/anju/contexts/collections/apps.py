from django.apps import AppConfig


class CollectionsConfig(AppConfig):
    name = "anju.contexts.collections"
    label = "collections"
    verbose_name = "催收"
    default_auto_field = "django.db.models.BigAutoField"
