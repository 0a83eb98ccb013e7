"""Templates 通知模板: every text with its sample and length, what providers approved, and a change of it (issue 4, point 4)."""

import copy
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from anju.core.errors import BadInput, UnlawfulTransition
from anju.platform.notices import config
from anju.platform.notices import templates as approvals
from anju.platform.notices.rows import MissingVariable
from anju.platform.notices.templates import texts
from anju.platform.notices.templates.approving import ApprovalThere, UnknownApproval
from anju.platform.notices.templates.checking import findings
from anju.platform.notices.templates.texts import LANGUAGES, TEMPLATES_FILE
from anju.platform.policies import queries as policies
from anju.platform.policies.errors import ProposalRefused, UnknownProposal
from anju.platform.policies.parsing import PolicyUnreadable, parse
from anju.platform.policies.sections import quoted, replace
from anju.web.desk import journeys_words, shell, templates_words, words
from anju.web.desk.composers import Problem, said
from anju.web.desk.journeys import VIEWERS, save_draft, tabs, version_lines
from anju.web.desk.scope import Desk, desk_page

FIELD_CHARACTERS_MAX = 4000


def _in_force() -> tuple[str, dict[str, Any]]:
    version = policies.version(TEMPLATES_FILE)
    return version, policies.toml(TEMPLATES_FILE, version=version)


@desk_page(*VIEWERS)
def listing(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Every template with its channels, its length as an SMS, and what providers approved."""
    version, data = _in_force()
    known = approvals.approvals(states=("draft", "submitted", "approved"))
    faults = findings(data)
    rows = []
    for name in texts.names(data):
        made = {(text.language, text.channel): text for text in texts.texts_of(data, name)}
        hashes = {text.hash for text in made.values()}
        rows.append({
            "name": name, "label": journeys_words.notice(name), "url": reverse("desk:template", args=[name]),
            "channels": [journeys_words.channel(code) for code in texts.SOURCES if ("zh", code) in made],
            "missing": [journeys_words.channel(code) for code in texts.SOURCES if ("zh", code) not in made],
            "sms": templates_words.faces(data, name, (), ())[2]["cells"][0].get("length", ""),
            "used": [words.own(kind) for kind in config.notice_types().values() if kind.template == name],
            "faults": sum(one.template == name for one in faults),
            "approved": sum(row.state == "approved" and row.text_hash in hashes for row in known if row.template == name),
            "waiting": sum(row.state in ("draft", "submitted") for row in known if row.template == name),
        })  # fmt: skip
    context = {
        "tabs": tabs("templates"), "rows": rows, "version": version, "versions": version_lines(TEMPLATES_FILE),
    }  # fmt: skip
    return shell.page(request, desk, "desk/templates.html", context, at="journeys")


@desk_page(*VIEWERS)
def show(request: HttpRequest, desk: Desk, name: str) -> HttpResponse:
    """One template: every channel in both languages, with sample values, length, faults and approvals."""
    version, data = _in_force()
    _require(data, name)
    known = approvals.approvals(template=name)
    types = [kind for kind in config.notice_types().values() if kind.template == name]
    context = {
        "tabs": tabs("templates"), "name": name, "label": journeys_words.notice(name), "version": version,
        "rows": templates_words.faces(data, name, findings(data, name), known), "may_change": desk.may("policy.load"),
        "variables": [(key, _kind(kind)) for key, kind in data[name]["variables"].items()],
        "used": [(words.own(kind), words.word(words.PROOFS, kind.proof)) for kind in types],
        "channels": [(code, journeys_words.channel(code)) for code in texts.SOURCES],
        "languages": [(code, words.word(journeys_words.LANGUAGES, code)) for code in LANGUAGES],
        "edit_url": reverse("desk:template_edit", args=[name]),
    }  # fmt: skip
    return shell.page(request, desk, "desk/template.html", context, at="journeys")


def _require(data: Mapping[str, Any], name: str) -> None:
    if name not in texts.names(data):
        raise Http404


def _kind(code: str) -> str:
    kinds = {
        "money": _("金额"), "date": _("日期"), "datetime": _("日期和时间"), "integer": _("整数"), "text": _("文字"),
        "tail4": _("尾号四位"),
    }  # fmt: skip
    return kinds.get(code, code)


@desk_page("policy.load", methods=("POST",))
def approval_new(request: HttpRequest, desk: Desk, name: str) -> HttpResponse:
    """A text is to be approved by a provider."""
    _version, data = _in_force()
    _require(data, name)
    try:
        approvals.approval_open(
            provider=request.POST.get("provider", ""), template=name, channel=request.POST.get("channel", ""),
            language=request.POST.get("language", ""), by=desk.actor, at=desk.at,
            provider_code=request.POST.get("provider_code", ""),
        )  # fmt: skip
    except BadInput as refusal:
        messages.error(request, said(refusal))
    except MissingVariable:
        messages.error(request, _("这个渠道没有这种语言的文字，无法报备。"))
    except ApprovalThere:
        messages.error(request, _("这段文字在这家服务商已有报备记录。"))
    else:
        messages.success(request, _("已登记，报送服务商后请更新状态。"))
    return redirect(f"{reverse('desk:template', args=[name])}#approvals")


@desk_page("policy.load", methods=("POST",))
def approval_move(request: HttpRequest, desk: Desk, approval_id: int) -> HttpResponse:
    """What the provider said."""
    name = request.POST.get("template", "")
    try:
        approvals.approval_move(
            approval_id=approval_id, state=request.POST.get("state", ""), by=desk.actor, at=desk.at,
            provider_code=request.POST.get("provider_code", ""), note=request.POST.get("note", ""),
        )  # fmt: skip
    except UnknownApproval:
        raise Http404 from None
    except (BadInput, UnlawfulTransition) as refusal:
        messages.error(request, said(refusal))
    else:
        messages.success(request, _("报备状态已更新。"))
    if name not in texts.names(_in_force()[1]):
        return redirect("desk:templates")
    return redirect(f"{reverse('desk:template', args=[name])}#approvals")


@desk_page("policy.load", methods=("GET", "HEAD", "POST"))
def edit(request: HttpRequest, desk: Desk, name: str) -> HttpResponse:
    """The texts of one template as a form, with a preview that follows; the last button makes a draft."""
    version, data = _in_force()
    _require(data, name)
    if request.method != "POST":
        source = _source(request.GET.get("from", ""), name)
        return _form(request, desk, name, _with(data, name, source or data[name]), base=version)
    base = request.POST.get("base", "")
    typed = _with(data, name, _typed(request, data[name]))
    if request.headers.get("HX-Request"):
        context = {"rows": templates_words.faces(typed, name, findings(typed, name), ())}
        return render(request, "desk/parts/template_preview.html", context)
    faults = findings(typed, name)
    if request.POST.get("do") != "save" or faults:
        problem = Problem(_("有 %(n)s 处需要更正，见预览。") % {"n": len(faults)}) if faults else None
        return _form(request, desk, name, typed, base=base, problem=problem)
    try:
        content = replace(policies.content(TEMPLATES_FILE, base), name, _section(name, typed[name]))
        pk = save_draft(request, desk, TEMPLATES_FILE, base, content)
    except (ProposalRefused, PolicyUnreadable, policies.PolicyNotLoaded) as refusal:
        return _form(
            request, desk, name, typed, base=base, problem=Problem(_("草稿没有保存。"), said(refusal))
        )
    return redirect("desk:proposal", pk)


def _source(ref: str, name: str) -> Mapping[str, Any] | None:
    if not ref.isdigit() or len(ref) > 9:
        return None
    try:
        if policies.proposal(int(ref)).name != TEMPLATES_FILE:
            return None
        found: Mapping[str, Any] | None = parse(TEMPLATES_FILE, policies.proposal_content(int(ref))).get(name)
        return found
    except UnknownProposal:
        return None


def _with(data: Mapping[str, Any], name: str, row: Mapping[str, Any]) -> dict[str, Any]:
    return {**data, name: copy.deepcopy(dict(row))}


def _typed(request: HttpRequest, row: Mapping[str, Any]) -> dict[str, Any]:
    """The template with what was typed; an emptied text that is not required is taken out."""
    made: dict[str, Any] = {"variables": dict(row["variables"])}
    for language in LANGUAGES:
        words_of: dict[str, str] = {}
        for key in templates_words.KEYS:
            text = (
                request.POST.get(f"{language}-{key}", "").replace("\r\n", "\n").strip()[:FIELD_CHARACTERS_MAX]
            )
            if text or key in texts.REQUIRED:
                words_of[key] = " ".join(text.split()) if key == "subject" else text
        made[language] = words_of
    return made


def _section(name: str, row: Mapping[str, Any]) -> str:
    variables = ", ".join(f"{key} = {quoted(kind)}" for key, kind in row["variables"].items())
    lines = [f"[{name}]", f"variables = {{ {variables} }}"]
    for language in LANGUAGES:
        lines.append(f"[{name}.{language}]")
        lines += [f"{key} = {quoted(text)}" for key, text in row[language].items()]
    return "\n".join(lines)


def _form(
    request: HttpRequest,
    desk: Desk,
    name: str,
    data: Mapping[str, Any],
    *,
    base: str,
    problem: Problem | None = None,
) -> HttpResponse:
    keys = [
        (key, str(label))
        for key, label in templates_words.KEYS.items()
        if key not in ("inbox", "email") or any(key in data[name].get(language, {}) for language in LANGUAGES)
    ]
    fields = [
        {
            "key": key, "label": label, "rows": templates_words.ROWS[key], "must": key in texts.REQUIRED,
            "cells": [
                {
                    "id": f"{language}-{key}", "value": data[name].get(language, {}).get(key, "").strip(),
                    "label": words.word(journeys_words.LANGUAGES, language), "lang_tag": "en" if language == "en" else "zh-Hans",
                }
                for language in LANGUAGES
            ],
        }
        for key, label in keys
    ]  # fmt: skip
    context = {
        "tabs": tabs("templates"), "name": name, "label": journeys_words.notice(name), "base": base, "problem": problem,
        "draft": request.POST.get("draft", request.GET.get("from", "")), "fields": fields,
        "variables": [(key, _kind(kind)) for key, kind in data[name]["variables"].items()],
        "rows": templates_words.faces(data, name, findings(data, name), ()),
    }  # fmt: skip
    return shell.page(
        request, desk, "desk/template_edit.html", context, at="journeys", status=422 if problem else 200
    )  # fmt: skip
