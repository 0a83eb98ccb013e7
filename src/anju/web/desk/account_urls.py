"""Addresses that allauth looks up by its own names; they stand outside the desk's namespace."""

from allauth.account.views import reauthenticate
from django.urls import include, path

from anju.web.desk.login import DeskAuthenticateView, DeskLoginView, leave

urlpatterns = [
    path("login/", DeskLoginView.as_view(), name="account_login"),
    path("logout/", leave, name="account_logout"),
    path("reauthenticate/", reauthenticate, name="account_reauthenticate"),
    path("second-factor/authenticate/", DeskAuthenticateView.as_view(), name="mfa_authenticate"),
    path("second-factor/", include("allauth.mfa.urls")),
]
