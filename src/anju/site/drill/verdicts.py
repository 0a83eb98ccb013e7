"""The disturbed installation against the undisturbed one: what must be equal, what must be there once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from anju.dayend import digest
from anju.site import postgres
from anju.site.drill.installation import Installation
from anju.site.drill.story import Lived

SHOWN_MAX = 5
BOOK = ("positions", "bills", "allocations", "cases", "moves", "promises")
"""Tables that only day ends and payments write here."""

_OBLIGATION = """
concat_ws('|', o.notice_type, o.subject_type, coalesce(l.loan_no, o.subject_id::text), o.person_id,
          to_char(o.owed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS'), o.variables::text)"""
_FROM = (
    "FROM notices_obligation o LEFT JOIN servicing_loan l ON o.subject_type = 'loan' AND l.id = o.subject_id"
)
OBLIGATIONS = f"SELECT {_OBLIGATION}, o.state {_FROM}"
"""An obligation by what it says: its key holds row ids, and a killed step leaves gaps in those."""

ATTEMPTS = (
    f"SELECT a.idempotency_key, a.channel, {_OBLIGATION}, a.state {_FROM}"
    " JOIN notices_attempt a ON a.obligation_id = o.id"
)
INBOX = "SELECT a.idempotency_key FROM notices_inboxmessage m JOIN notices_attempt a ON a.id = m.attempt_id"
DAYS = "SELECT business_on::text, state, digest FROM dayend_dayrun ORDER BY business_on"
WORK = """
SELECT concat_ws('|', w.queue, w.kind, coalesce(l.loan_no, w.subject_id::text), (w.opened_at AT TIME ZONE 'Asia/Shanghai')::date)
  FROM work_workitem w LEFT JOIN servicing_loan l ON w.subject_type = 'loan' AND l.id = w.subject_id
"""
DOUBTFUL = (
    "SELECT idempotency_key FROM notices_attempt WHERE state = 'in_doubt' OR error_class = 'in_doubt_expired'"
)
_LEDGER = "SELECT key, status FROM message WHERE provider LIKE 'sim-%'"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One line of the judgement. ``found``: up to a few of what is wrong."""

    name: str
    ok: bool
    zh: str
    en: str
    found: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class State:
    """Everything that is compared, read once the processes are gone."""

    days: dict[str, tuple[str, str]]
    obligations: Counter[str]
    ends: Counter[str]
    told: Counter[tuple[str, str]]
    moot: frozenset[str]
    book: Counter[str]
    ledger_twice: tuple[str, ...]
    work: Counter[str]
    doubtful: frozenset[str]
    audit: dict[str, Any]
    breaks: int
    entries: int


def read(place: Installation) -> State:
    """Look at one installation; its server is started for this and stopped afterwards."""
    postgres.ensure(place.data)
    try:
        audit = place.command("notices", "audit", good=(0, 1))
        journal = place.command("journal", "verify", good=(0, 1))
        rows = place.rows(OBLIGATIONS)
        attempts = {key: (channel, what) for key, channel, what, _ in place.rows(ATTEMPTS)}
        sent = [key for key, _ in place.ledger(_LEDGER)] + [key for (key,) in place.rows(INBOX)]
        unknown = ("?", "a message that no attempt knows")
        told = Counter(attempts.get(key, unknown) for key in sent)
        tables = {name: statement for name, statement in digest.statements().items() if name in BOOK}
        twice = tuple(key for key, count in Counter(sent).items() if count > 1)
        return State(
            days={on: (state, digest) for on, state, digest in place.rows(DAYS)},
            obligations=Counter(what for what, _ in rows),
            ends=Counter(f"{what} -> {state}" for what, state in rows),
            told=told,
            moot=frozenset(what for what, state in rows if state == "moot"),
            book=Counter(f"{name}: {row}" for name in tables for (row,) in place.rows(tables[name])),
            ledger_twice=twice,
            work=Counter(what for (what,) in place.rows(WORK)),
            doubtful=frozenset(key for (key,) in place.rows(DOUBTFUL)),
            audit=audit,
            breaks=len(journal.get("breaks", [])),
            entries=int(journal.get("entries", 0)),
        )
    finally:
        postgres.release(place.data)
        postgres.stop(place.data)


def judge(calm: State, struck: State, lived: Lived, left: Sequence[str]) -> list[Verdict]:
    """Every line; the drill passes when all are ok."""
    days = [f"{on}: {calm.days.get(on)} != {struck.days.get(on)}" for on in sorted({*calm.days, *struck.days})
            if calm.days.get(on) != struck.days.get(on)]  # fmt: skip
    still_open = [on for on, (state, _) in struck.days.items() if state != "closed"]
    moot = calm.moot | struck.moot
    listed = {row["ref"] for row in struck.audit.get("findings", []) if row["what"] == "in_doubt"}
    counts = struck.audit["counts"]
    loose = [f"{name}: {counts[name]}" for name in ("missing", "resting") if counts.get(name)]
    return [
        _line("days_closed", still_open, "营业日全部完成", "every day is closed"),
        _line("settled", lived.unsettled, "每一阶段都办结", "every phase was settled"),
        _line("digests", days, "日终摘要相同", "the same digests of the days"),
        *_same("book", calm.book, struck.book, "账与案件", "ledger and cases"),
        *_same("obligations", calm.obligations, struck.obligations, "通知义务", "obligations"),
        _line(
            "sent_once", struck.ledger_twice, "提供方台账无重复", "the providers' ledgers hold nothing twice"
        ),
        *_same("messages", _needed(calm, moot), _needed(struck, moot), "送出的消息", "messages sent"),
        *_same("ends", calm.ends, struck.ends, "通知的结局", "how notices stand"),
        *_same("work", calm.work, struck.work, "工作项", "work items"),
        _line(
            "doubtful_listed",
            sorted(struck.doubtful - listed),
            "结果不明者均已列出",
            "doubtful sends are listed",
        ),
        _line("nothing_loose", loose, "无漏发、无停滞", "nothing missing, nothing resting"),
        _line("journal", [str(struck.breaks)] * bool(struck.breaks), "日志可核验", "the journal verifies"),
        _line("supervisor", ["x"] * lived.supervisor_deaths, "守护进程未倒", "the supervisor stood"),
        _line("clean_end", lived.bad_ends, "每次停止都干净", "every stop was clean"),
        _line("no_process_left", list(left), "没有遗留进程", "no process is left"),
    ]


def _needed(state: State, moot: frozenset[str]) -> Counter[str]:
    """What was sent, but for notices whose ground went away in either run: whether those were still sent depends on who
    was quicker, the day end or the worker."""
    return Counter(
        {f"{channel}|{what}": count for (channel, what), count in state.told.items() if what not in moot}
    )


def _same(name: str, calm: Counter[str], struck: Counter[str], zh: str, en: str) -> list[Verdict]:
    return [
        _line(f"{name}_lost", sorted((calm - struck).elements()), f"{zh}：没有丢失", f"{en}: none lost"),
        _line(
            f"{name}_doubled", sorted((struck - calm).elements()), f"{zh}：没有重复", f"{en}: none doubled"
        ),
    ]


def _line(name: str, wrong: Sequence[str], zh: str, en: str) -> Verdict:
    more = [f"… {len(wrong) - SHOWN_MAX}"] if len(wrong) > SHOWN_MAX else []
    return Verdict(name, not wrong, zh, en, (*wrong[:SHOWN_MAX], *more))
