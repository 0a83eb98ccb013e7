"""The page of the API: what there is to ask, with an example of each; no script, nothing from elsewhere."""

import json

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from anju.contexts.consulting.fields import COMMANDS
from anju.web.api import describe


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Endpoints, their fields, an example that can be sent as it stands."""
    endpoints = [
        {
            "name": name,
            "zh": describe.SUMMARIES[name][0],
            "en": describe.SUMMARIES[name][1],
            "example": json.dumps(describe.example(name), ensure_ascii=False, indent=2),
            "fields": fields,
        }
        for name, fields in COMMANDS.items()
    ]
    return render(request, "api/index.html", {"endpoints": endpoints})
