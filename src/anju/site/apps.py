from django.apps import AppConfig


class SiteConfig(AppConfig):
    """Last to load: connects handlers, owed notices and ports (see ``wiring``)."""

    name = "anju.site"
    label = "site"

    def ready(self) -> None:
        from anju.site import wiring

        wiring.connect()
