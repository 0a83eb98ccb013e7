from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "anju.platform.notices"
    label = "notices"
    verbose_name = "通知"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from anju.platform.notices import callbacks, jobs, outcomes, providers  # noqa: F401 -- jobs register themselves
        from anju.platform.notices.journeys import registration as journeys
        from anju.platform.notices.templates import jobs as template_jobs  # noqa: F401
        from anju.platform.notices.templates import registration as templates

        outcomes.register()
        callbacks.register()
        providers.register()
        journeys.register()
        templates.register()
