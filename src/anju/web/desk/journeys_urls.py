"""Addresses of journeys, texts and changes of policy data."""

from django.urls import URLPattern, path

from anju.web.desk import journeys, proposals, templates

urlpatterns: list[URLPattern] = [
    path("journeys/", journeys.listing, name="journeys"),
    path("journeys/<slug:name>/edit/", journeys.edit, name="journey_edit"),
    path("templates/", templates.listing, name="templates"),
    path("templates/<slug:name>/", templates.show, name="template"),
    path("templates/<slug:name>/edit/", templates.edit, name="template_edit"),
    path("templates/<slug:name>/approvals/", templates.approval_new, name="approval_new"),
    path("approvals/<int:approval_id>/", templates.approval_move, name="approval_move"),
    path("proposals/", proposals.listing, name="proposals"),
    path("proposals/<int:proposal_id>/", proposals.show, name="proposal"),
    path("proposals/<int:proposal_id>/submit/", proposals.submit, name="proposal_submit"),
    path("proposals/<int:proposal_id>/approve/", proposals.approve, name="proposal_approve"),
    path("proposals/<int:proposal_id>/reject/", proposals.reject, name="proposal_reject"),
    path("proposals/<int:proposal_id>/withdraw/", proposals.withdraw, name="proposal_withdraw"),
]
