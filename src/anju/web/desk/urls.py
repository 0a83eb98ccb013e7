"""Addresses of the desk."""

from django.urls import URLPattern, URLResolver, path

from anju.web.consult import views as consult
from anju.web.desk import admin, case, dayend, imports, loans, notices, palette, today, work

app_name = "desk"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", today.show, name="today"),
    path("work/", work.show, name="work"),
    path("work/next/", case.pull, name="work_next"),
    path("work/queue/<slug:queue>/", work.show, name="queue"),
    path("work/<int:item_id>/", case.show, name="case"),
    path("work/<int:item_id>/take/", case.take, name="case_claim"),
    path("work/<int:item_id>/assign/", case.assign, name="case_assign"),
    path("work/<int:item_id>/put-back/", case.put_back, name="case_release"),
    path("work/<int:item_id>/skip/", case.skip, name="case_skip"),
    path("work/<int:item_id>/record/", case.record, name="case_record"),
    path("work/<int:item_id>/note/", case.note, name="case_note"),
    path("people/<int:person_id>/reveal/", case.reveal, name="reveal"),
    path("consult/", consult.desk, name="consult"),
    path("consult/proposal.pdf", consult.desk_pdf, name="consult_pdf"),
    path("loans/", loans.search, name="loans"),
    path("loans/<int:loan_id>/", loans.show, name="loan"),
    path("loans/<int:loan_id>/evidence/", loans.export, name="evidence"),
    path("notices/exceptions/", notices.exceptions, name="exceptions"),
    path("notices/<int:obligation_id>/", notices.obligation, name="obligation"),
    path("imports/", imports.listing, name="imports"),
    path("imports/upload/", imports.upload, name="import_upload"),
    path("imports/<int:import_id>/", imports.show, name="import"),
    path("imports/<int:import_id>/quarantine.csv", imports.quarantine_csv, name="quarantine_csv"),
    path("dayend/", dayend.listing, name="dayends"),
    path("dayend/start/", dayend.start, name="dayend_start"),
    path("dayend/<slug:on>/", dayend.show, name="dayend"),
    path("admin/", admin.show, name="admin"),
    path("palette/", palette.find, name="palette"),
]
