"""Every address of the house, by face."""

from django.urls import include, path

urlpatterns = [
    path("desk/", include("anju.web.desk.account_urls")),
    path("desk/", include("anju.web.desk.urls")),
    path("api/", include("anju.web.api.urls")),
    path("hooks/", include("anju.web.hooks.urls")),
    path("", include("anju.web.portal.urls")),
]
