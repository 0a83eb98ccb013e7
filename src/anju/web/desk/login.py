"""How staff log in: allauth's forms and stages behind our own pages; axes counts the failures."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import LoginForm
from allauth.account.views import LoginView
from allauth.mfa.base.views import AuthenticateView
from django import forms
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST


class DeskAccountAdapter(DefaultAccountAdapter):
    """Nobody signs up at the desk: accounts are made by an administrator."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": _("工号或密码不对。请再核对一次；连续输错会暂时锁定。"),
        "too_many_login_attempts": _("尝试次数过多，请稍后再试。"),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def respond_user_inactive(self, request: HttpRequest, user: Any) -> HttpResponse:
        """An account that was ended says so at the door, and only to somebody who knows its password."""
        return redirect("/desk/login/?ended=1")

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """The desk says nothing on log-in: the page itself greets."""


class DeskLoginForm(LoginForm):
    """Staff number and password; no 'remember me': a desk is shared."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("remember", None)
        login: forms.Field = self.fields["login"]
        login.label = _("工号")
        login.widget.attrs.update({"class": "form-control", "autofocus": True, "placeholder": ""})
        login.error_messages["required"] = _("请输入工号。")
        password: forms.Field = self.fields["password"]
        password.label = _("密码")
        password.help_text = ""
        password.widget.attrs.update({"class": "form-control", "placeholder": ""})
        password.error_messages["required"] = _("请输入密码。")
        if self.is_bound:
            for name in self.errors:
                if name in self.fields:
                    self.fields[name].widget.attrs["aria-invalid"] = "true"

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        self.cleaned_data["remember"] = False
        return cleaned


class DeskLoginView(LoginView):
    """The log-in page. A locked-out person gets the page ``desk/locked.html`` from axes."""

    form_class = DeskLoginForm
    template_name = "desk/login.html"

    def get_form_class(self) -> type[DeskLoginForm]:
        return self.form_class


class DeskAuthenticateView(AuthenticateView):
    """Second factor, for those who set one up."""

    template_name = "desk/second_factor.html"


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Log out; the page that follows clears the drafts of this tab."""
    logout(request)
    return redirect("/desk/login/?left=1")
