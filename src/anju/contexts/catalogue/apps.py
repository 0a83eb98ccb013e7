from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    name = "anju.contexts.catalogue"
    label = "catalogue"
    verbose_name = "产品"
    default_auto_field = "django.db.models.BigAutoField"
