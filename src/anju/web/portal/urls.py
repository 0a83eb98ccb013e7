"""Addresses of the portal."""

from django.urls import URLPattern, URLResolver, path

from anju.web.consult import views as consult
from anju.web.portal import (
    changes,
    contact,
    demo,
    home,
    links,
    loans,
    login,
    look,
    me,
    notices,
    preferences,
    push,
    unsubscribe,
)

app_name = "portal"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("login/", login.phone, name="login"),
    path("login/code/", login.code, name="code"),
    path("logout/", login.logout, name="logout"),
    path("loans/<int:loan_id>/", loans.loan, name="loan"),
    path("loans/<int:loan_id>/change/", changes.change, name="change"),
    path("notices/", notices.index, name="notices"),
    path("notices/badge/", notices.badge, name="badge"),
    path("notices/<int:notice_id>/", notices.notice, name="notice"),
    path("notices/<int:notice_id>/acknowledge/", notices.acknowledge, name="acknowledge"),
    path("consult/", consult.portal, name="consult"),
    path("consult/proposal.pdf", consult.portal_pdf, name="consult_pdf"),
    path("me/", me.me, name="me"),
    path("push/", push.page, name="push"),
    path("push/subscribe/", push.subscribe, name="push_subscribe"),
    path("push/stop/", push.stop, name="push_stop"),
    path("push-worker.js", push.worker, name="push_worker"),
    path("me/preferences/", preferences.preferences, name="preferences"),
    path("me/contact/", contact.contact, name="contact"),
    path("me/contact/code/", contact.code, name="contact_code"),
    path("look/", look.look, name="look"),
    path("a/<str:token>", links.link, name="link"),
    path("a/<str:token>/stop", unsubscribe.stop, name="stop"),
    path("demo/phone/", demo.phone, name="demo_phone"),
]
