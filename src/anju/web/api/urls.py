"""Addresses of the API: `v1/` lists it for people, `v1/openapi.json` for programs."""

from django.urls import URLPattern, URLResolver, path

from anju.web.api import page
from anju.web.api.loans import api

urlpatterns: list[URLPattern | URLResolver] = [
    path("v1/", page.index, name="api_index"),
    path("v1/", api().urls),
]
