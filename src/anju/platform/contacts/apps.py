from django.apps import AppConfig


class ContactsConfig(AppConfig):
    name = "anju.platform.contacts"
    label = "contacts"
    verbose_name = "联系"
    default_auto_field = "django.db.models.BigAutoField"
