"""The outcome of a notice drill for people: a few lines, and a page to be filed 演练报告. One file, no script, no address."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

DOUBTFUL_MAX = 500
BAR_WIDTH = 360

_STYLE = """
body { font: 15px/1.6 "Noto Sans SC", "Microsoft YaHei", "PingFang SC", sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
       color: #1d2733; }
h1 { font-size: 1.6rem; margin-bottom: .2rem; } h2 { font-size: 1.15rem; margin-top: 2rem; border-bottom: 1px solid #d5dbe3; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #e6e9ee;
       vertical-align: top; } td.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.ok { color: #17663a; } .bad { color: #a11; font-weight: 600; } .en { color: #59636f; } .stamp { font-size: 1.3rem; }
.sign td { height: 3rem; } @media print { body { margin: 0; } h2 { break-after: avoid; } tr { break-inside: avoid; } }
"""

_FIGURES = (
    ("lost", "丢失", "lost"),
    ("doubled", "重复", "doubled"),
    ("in_doubt", "结果不明（见下表）", "in doubt (listed below)"),
    ("ever_in_doubt", "曾经不明、后已查清或重发的次数", "times in doubt, at any time"),
    ("proven", "已证明", "proven"),
    ("exceptions", "转人工", "with a person"),
    ("waiting", "仍在等待", "still waiting"),
    ("messages_total", "发出的消息", "messages that went out"),
    ("attempts", "发送尝试", "attempts"),
    ("notices_per_second", "办结速度，条/秒（工作时间）", "notices ended a second (working time)"),
    ("messages_per_second", "发送速度，条/秒（工作时间）", "messages a second (working time)"),
    ("work_seconds", "工作时间，秒", "working time, s"),
    ("owe_seconds", "登记义务，秒", "of it before: owing, s"),
    ("simulated_hours", "演练时钟走过，小时", "hours on the drill's clock"),
    ("clock_steps", "时钟跳变次数", "times the clock was set"),
    ("journal_entries", "日志条目", "journal entries"),
)
_TIMES = {
    "first_attempt": ("应通知到首次发出", "owed to first attempt"),
    "delivery": ("发出到送达（不含站内信）", "submitted to delivered (without the inbox)"),
    "proof_acknowledged": ("应通知到本人确认", "owed to confirmed by the person"),
    "proof_carrier_delivered": ("应通知到运营商送达", "owed to delivered by the carrier"),
}
_REASONS = {
    "no_proof": "各渠道均未得到确认", "deadline": "到期仍未得到确认", "no_address": "没有可用的联系方式",
    "governor": "联系管控不允许", "failed": "各渠道均失败", "content": "内容不完整",
}  # fmt: skip


def text(told: Mapping[str, Any]) -> str:
    """The outcome for a terminal."""
    figures = told["figures"]
    lines = [
        f"通知演练 notices · {told['count']:,} · 画像 {told['profile']['name']} · seed {told['seed']} · 后台 workers {told['workers']}"
        f" · {told['seconds']:.0f} s",
        f"丢失 lost {figures['lost']} · 重复 doubled {figures['doubled']} · 不明 in doubt {figures['in_doubt']}"
        f" · 证明 proven {figures['proven']:,} · 转人工 exceptions {figures['exceptions']:,} · 等待 waiting {figures['waiting']:,}",
        f"消息 messages {figures['messages_total']:,}（{_joined(figures['messages'])}）· {figures['messages_per_second']:,.0f}/s"
        f" · 通知 notices {figures['notices_per_second']:,.0f}/s",
    ]
    for name, times in figures["seconds"].items():
        if times:
            zh, en = _TIMES.get(name, (name, name))
            lines.append(
                f"  {zh} / {en}: " + " · ".join(f"{key} {_duration(value)}" for key, value in times.items())
            )
    if figures["kills"]:
        lines.append(f"kill -9: {_joined(figures['kills'])}")
    for line in told["verdicts"]:
        lines.append(f"  {'✓' if line['ok'] else '✗'} {line['zh']} / {line['en']}")
        lines += [f"      {found}" for found in line["found"]]
    lines += [
        f"  ? {row['key']} {row['channel']} {row['provider']} {row['state']} {row['since'] or ''}"
        for row in told["in_doubt"][:20]
    ]
    if len(told["in_doubt"]) > 20:
        lines.append(f"  ? … {len(told['in_doubt']) - 20}（--json、--report）")
    lines.append("通过 / passed" if told["ok"] else "未通过 / FAILED")
    return "\n".join(lines)


def page(told: Mapping[str, Any]) -> str:
    """The outcome as one page of HTML that stands alone."""
    figures, profile = told["figures"], told["profile"]
    verdict = (
        '<span class="ok">通过 · passed</span>' if told["ok"] else '<span class="bad">未通过 · FAILED</span>'
    )
    parts = [
        f"<h1>安居 · 通知演练报告</h1><p class='en'>Anju: report of a notice drill</p><p class='stamp'>{verdict}</p>",
        _table(_heading(told)),
        _section("结论", "Verdict", _verdicts(told["verdicts"])),
        _section("数字", "Figures", _table([(zh, en, _number(figures[name])) for name, zh, en in _FIGURES])),
        _section("用时", "Times (p50, p95, p99)", _times(figures["seconds"])),
        _section(
            "各渠道消息（提供方台账）",
            "Messages by provider, from their own ledgers",
            _bars(figures["messages"]),
        ),
        _section(
            "转人工的原因",
            "Why a person has it",
            _bars({_reason(key): n for key, n in figures["exceptions_by_reason"].items()}),
        ),
        _section("尝试的结局", "How attempts ended", _bars(figures["attempts_by_end"])),
        _section("回执的效果", "What receipts did", _bars(figures["receipts_by_effect"])),
        _section("故障画像", "Fault profile", _faults(profile)),
    ]
    if figures["kills"]:
        parts.append(_section("被杀的进程", "kill -9", _bars(figures["kills"])))
    parts.append(_section("结果不明的发送，逐条", "Doubtful sends, one by one", _doubtful(told["in_doubt"])))
    parts.append(_section("签字", "Signatures", _signatures()))
    return (
        '<!doctype html><html lang="zh-Hans"><head><meta charset="utf-8"><title>安居 · 通知演练报告</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body>{"".join(parts)}</body></html>\n'
    )


def _heading(told: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    machine, profile = told["machine"], told["profile"]
    began = "、".join(
        ["kill -9"] * bool(told["kill"]) + ["时钟跳变 clock steps"] * bool(told["clock_step"])
    )  # fmt: skip
    return [
        ("日期", "date (UTC)", told["date"]),
        ("版本", "version", told["version"]),
        ("机器", "machine", f"{machine['cpus']} × {machine['cpu']}"),
        ("软件", "software", f"Python {machine['python']} · PostgreSQL {machine.get('postgresql', '')}"),
        ("开始前的负载", "load before", str(told["load_before"])),
        ("通知", "notices", f"{told['count']:,}"),
        ("画像", "profile", f"{profile['label_zh']} · {profile['label_en']} ({profile['name']})"),
        ("随机种子", "seed", str(told["seed"])),
        ("后台进程", "workers", str(told["workers"])),
        ("另加", "besides", began or "—"),
        ("真实用时", "real time", f"{told['seconds']:,.0f} s"),
        ("计时方法", "how time ran", "有事可做时与真实时间同速，空闲时间跳过；处理时长为实测。"
         " Real time while there was work, idle time skipped: working times are measured."),
    ]  # fmt: skip


def _section(zh: str, en: str, body: str) -> str:
    return f'<h2>{escape(zh)} <span class="en">{escape(en)}</span></h2>{body}'


def _table(rows: Iterable[Sequence[str]]) -> str:
    cells = "".join(
        f'<tr><td>{escape(zh)}</td><td class="en">{escape(en)}</td><td>{escape(value)}</td></tr>'
        for zh, en, value in rows
    )
    return f"<table>{cells}</table>"


def _verdicts(lines: Sequence[Mapping[str, Any]]) -> str:
    rows = []
    for line in lines:
        mark = '<td class="ok">✓ 是 yes</td>' if line["ok"] else '<td class="bad">✗ 否 no</td>'
        found = "".join(f"<br><code>{escape(str(one))}</code>" for one in line["found"])
        rows.append(
            f'<tr>{mark}<td>{escape(line["zh"])}<br><span class="en">{escape(line["en"])}</span>{found}</td></tr>'
        )
    return f"<table>{''.join(rows)}</table>"


def _times(times: Mapping[str, Mapping[str, float] | None]) -> str:
    rows = ["<tr><th></th><th></th><th>p50</th><th>p95</th><th>p99</th></tr>"]
    for name, values in times.items():
        if values:
            zh, en = _TIMES.get(name, (name, name))
            numbers = "".join(f'<td class="n">{_duration(values[key])}</td>' for key in ("p50", "p95", "p99"))
            rows.append(f'<tr><td>{escape(zh)}</td><td class="en">{escape(en)}</td>{numbers}</tr>')
    return f"<table>{''.join(rows)}</table>"


def _bars(counts: Mapping[str, int]) -> str:
    """A table whose bars are drawings, so that it also reads without them."""
    most = max(counts.values(), default=0)
    rows = []
    for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        width = max(1, BAR_WIDTH * count // most) if most else 0
        bar = f'<svg width="{BAR_WIDTH}" height="12" role="presentation"><rect width="{width}" height="12" fill="#3b6ea8"/></svg>'
        rows.append(f'<tr><td>{escape(name)}</td><td class="n">{count:,}</td><td>{bar}</td></tr>')
    return f"<table>{''.join(rows)}</table>" if rows else "<p>—</p>"


def _faults(profile: Mapping[str, Any]) -> str:
    rows = [
        "<tr><th>提供方 provider</th><th>幂等 idempotent</th><th>可查询 can be asked</th><th>故障 faults</th><th>中断 outages</th></tr>"
    ]
    for one in profile["providers"]:
        faults = "、".join(f"{name} {_share(name, value)}" for name, value in one["faults"].items()) or "—"
        outages = (
            "、".join(
                f"第 {start} 分钟起 {minutes} 分钟 (min {start} + {minutes})"
                for start, minutes in one["outages"]
            )
            or "—"
        )
        flags = "".join(
            f"<td>{'是 yes' if one[name] else '否 no'}</td>" for name in ("idempotent", "can_poll")
        )
        rows.append(
            f"<tr><td>{escape(one['name'])}（{one['channel']}）</td>{flags}<td>{escape(faults)}</td><td>{escape(outages)}</td></tr>"
        )
    people = "、".join(f"{name} {value / 10_000:g}%" for name, value in profile["people"].items())
    mix = "、".join(f"{name} {value / 10_000:g}%" for name, value in profile["mix"].items())
    return f"<table>{''.join(rows)}</table><p>通知 mix: {escape(mix)}<br>人 people: {escape(people)}</p>"


def _doubtful(rows: Sequence[Mapping[str, Any]]) -> str:
    if not rows:
        return "<p>没有。<span class='en'>None.</span></p>"
    names = ("键 key", "渠道 channel", "提供方 provider", "状态 state", "自 since", "实际到达 reached")
    head = "<tr>" + "".join(f"<th>{name}</th>" for name in names) + "</tr>"
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(str(row[name] or ''))}</td>" for name in ("key", "channel", "provider", "state", "since"))
        + f"<td>{'是 yes' if row['reached'] else '否 no'}</td></tr>"
        for row in rows[:DOUBTFUL_MAX]
    )  # fmt: skip
    more = f"<p>… {len(rows) - DOUBTFUL_MAX}</p>" if len(rows) > DOUBTFUL_MAX else ""
    note = "<p>“实际到达”只有模拟通道才知道。<span class='en'>Whether it reached anybody only a simulated provider can know.</span></p>"
    return f"{note}<table>{head}{body}</table>{more}"


def _signatures() -> str:
    return "<table class='sign'><tr><td>执行 run by</td><td></td><td>复核 reviewed by</td><td></td><td>日期 date</td><td></td></tr></table>"


def _reason(code: str) -> str:
    return f"{_REASONS[code]} {code}" if code in _REASONS else code


def _share(name: str, value: int) -> str:
    return (
        f"{value} {'ms' if name.endswith('ms') else 's'}"
        if "_ms" in name or "seconds" in name
        else f"{value / 10_000:g}%"
    )


def _joined(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())


def _number(value: float) -> str:
    return f"{value:,}"


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.2f} s"
    return f"{seconds / 60:.1f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
