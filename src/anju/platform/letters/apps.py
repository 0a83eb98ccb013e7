from django.apps import AppConfig


class LettersConfig(AppConfig):
    name = "anju.platform.letters"
    label = "letters"
    verbose_name = "信函"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from anju.platform.letters import config, jobs  # noqa: F401 -- jobs register themselves

        config.register()
