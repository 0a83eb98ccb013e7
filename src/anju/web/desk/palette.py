"""Palette: go to a page or a loan by typing a little of its name."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from anju.contexts.servicing import queries as servicing
from anju.web.desk import shell
from anju.web.desk.scope import Desk, desk_page

LOANS_SHOWN = 8
LETTERS_MIN = 2


@desk_page()
def find(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Pages whose name holds the text, then loans; a list for the dialog, a page of its own without script."""
    text = request.GET.get("q", "").strip()[:60]
    pages = [entry for entry in shell.menu(desk, "") if text.lower() in entry["label"].lower()]
    loans = []
    if len(text) >= LETTERS_MIN and desk.may("loan.view"):
        loans = [
            {"url": reverse("desk:loan", args=[row.id]), "label": row.borrower_name, "note": row.loan_no}
            for row in servicing.search(text, desk.branch_ids, limit=LOANS_SHOWN)
        ]
    context = {"pages": pages, "loans": loans, "q": text}
    if request.headers.get("HX-Request"):
        return render(request, "desk/parts/palette_list.html", context)
    return shell.page(request, desk, "desk/palette.html", context)
