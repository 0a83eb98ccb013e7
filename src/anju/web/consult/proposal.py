"""The proposal 贷款方案书 as values for its PDF: three plans, statement of all-in cost, schedule by year, proof."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from anju.core.working_time import BANK_ZONE
from anju.web import format as fmt
from anju.web.consult import verdict, words
from anju.web.consult.cards import Card
from anju.web.consult.page import Answer
from anju.web.consult.sums import Column, Sums


def values(sums: Sums, answer: Answer, url: str, bank: str, at: datetime) -> dict[str, Any]:
    """Everything the template prints, as texts, with the checksum of it. The checksum leaves out language and time:
    the same question under the same rules has the same one.
    """
    made = {
        "lang": "en" if fmt.in_english() else "zh",
        "bank": bank,
        "title": _("个人住房贷款方案书"),
        "subtitle": _("供比较和商议，不是审批结果，也不是贷款承诺"),
        "facts": _facts(sums, answer),
        "rates": [text for text in (answer.rate_line, answer.rate_note, answer.shortage) if text],
        "plans_title": _("方案对照"),
        "plans": _plans(sums, answer),
        "verdict_title": _("按规定核对"),
        "verdict": _verdict(answer),
        "verdict_note": answer.verdict.unchecked,
        "statements_title": _("综合融资成本明示"),
        "statements": _statements(sums),
        "layers_title": _("贴息与个税（各自独立，不改变合同）"),
        "layers": _layers(answer),
        "years_title": _years_title(answer),
        "years_head": [_("年"), _("全年还款"), _("其中本金"), _("其中利息"), _("年末剩余本金")],
        "years": [list(row) for row in answer.seen.years] if answer.seen else [],
        "unit": _("单位：元"),
        "proof_title": _("怎样核对这份方案书"),
        "page": _("第 {n} 页，共 {m} 页"),
    }
    digest = checksum(sums)
    made["proof"] = [
        [_("计算日期"), answer.on],
        [_("规则版本"), answer.policy_version],
        [_("生成时间"), f"{at.astimezone(BANK_ZONE):%Y-%m-%d %H:%M}"],
        [_("在线查看"), url],
        [_("校验码"), digest],
    ]
    return made


def checksum(sums: Sums) -> str:
    """SHA-256 over every figure of the plans, in hex: two proposals with the same one say the same."""
    figures = [
        [
            [
                part.product.code,
                part.figures.principal_fen,
                part.figures.rate_ppm,
                part.figures.months,
                part.figures.method,
            ]
            for part in column.now.parts
        ]
        + [column.now.first_fen, column.now.interest_fen, column.now.fees_fen, column.now.cost.nominal_ppm]
        for column in sums.columns
        if column.now
    ]
    text = json.dumps([sums.rules.on.isoformat(), sums.rules.mark, figures], separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _verdict(answer: Answer) -> list[str]:
    lines = [
        _("%(word)s：%(text)s") % {"word": word, "text": text}
        for _tone, word, text in answer.verdict.findings
    ]
    plan = _("以首月月供最低的%(plan)s核对。") % {"plan": answer.lightest}
    return [plan, *lines] if answer.lightest else lines


def _facts(sums: Sums, answer: Answer) -> list[list[str]]:
    question = sums.question
    homes = {"first": _("首套住房"), "second": _("第二套住房")}
    rows = [
        [_("房价"), fmt.money(question.price_fen)],
        [_("首付"), fmt.money(question.down_fen)],
        [_("贷款金额"), answer.loan],
        [_("期限"), fmt.term(question.months)],
        [_("住房套数"), homes[question.home]],
    ]
    if question.income_fen:
        rows.append([_("家庭月收入"), fmt.money(question.income_fen)])
    if question.debts_fen:
        rows.append([_("其他债务月还款"), fmt.money(question.debts_fen)])
    if sums.asked != question:
        rows.append([_("假设"), _("含假设的变动，不是您最初填写的数字")])
    return rows


def _possible(sums: Sums) -> list[tuple[int, Column]]:
    return [(index, column) for index, column in enumerate(sums.columns) if column.now]


def _plans(sums: Sums, answer: Answer) -> list[dict[str, Any]]:
    cards: dict[int, Card] = {card.number - 1: card for card in answer.cards}
    return [
        {
            "name": cards[index].name,
            "best": _("、").join(title for title, _icon, _why in cards[index].best),
            "parts": [list(each) for each in cards[index].parts],
            "first_label": _("首月月供"),
            "first": cards[index].first,
            "note": cards[index].first_note,
            "lines": [[line.label, line.value] for line in cards[index].lines],
            "share": bar.text if (bar := cards[index].bar) else "",
            "prepaid": list(cards[index].prepaid),
        }
        for index, _column in _possible(sums)
    ]


def _statements(sums: Sums) -> list[dict[str, Any]]:
    """One statement a plan: 金规〔2026〕2号 asks for it before signing (S4-135)."""
    made = []
    for index, column in _possible(sums):
        statement = column.statement
        assert statement is not None
        made.append(
            {
                "name": words.plan_name(index),
                "rows": [list(row) for row in verdict.statement_rows(statement)],
                "method": statement.method_en if fmt.in_english() else statement.method_zh,
                "document": _("依据：%(document)s") % {"document": words.basis(statement.document)}
                if statement.document
                else "",
                "confirm": _("签约前须由借款人确认，方式：%(how)s。")
                % {"how": verdict.confirmations(statement)}
                if statement.required
                else "",
            }
        )
    return made


def _layers(answer: Answer) -> list[dict[str, Any]]:
    layers = answer.seen.layers if answer.seen else []
    return [
        {
            "title": layer.title,
            "text": layer.text,
            "rows": [list(row) for row in layer.rows],
            "document": _("依据：%(document)s") % {"document": layer.document} if layer.document else "",
        }
        for layer in layers
    ]


def _years_title(answer: Answer) -> str:
    return _("%(plan)s：逐年还款计划") % {"plan": answer.seen.name} if answer.seen else ""
