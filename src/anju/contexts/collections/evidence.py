"""The evidence pack 证据包 of one loan: what was agreed, what fell due, who was told what and when, with proofs
(S3-12).

A bundle is a ZIP. ``manifest.json`` names every file with its SHA-256 and the end of the loan's hash chain;
the bundle's
own hash is the SHA-256 of the manifest and is recorded on that chain, so a bundle can be told from any other.
``check`` needs the bundle alone: no database, no network.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, ClassVar

import orjson

from anju.contexts.collections import queries as collections_queries
from anju.contexts.servicing import queries as servicing_queries
from anju.core.working_time import BANK_ZONE
from anju.platform.contacts import queries as contacts_queries
from anju.platform.journal import queries as journal_queries
from anju.platform.journal.chain import ChainEntry, verify_entries
from anju.platform.journal.operations import record
from anju.platform.notices import queries as notices_queries

FORMAT = "anju-evidence/1"
MANIFEST = "manifest.json"
ROWS_MAX = 10_000
_EPOCH = (1980, 1, 1, 0, 0, 0)

READ_ME = """证据包 / evidence pack
====================

manifest.json 列出每个文件的 SHA-256，以及本贷款事实链最后一条记录的序号和哈希。证据包的哈希即 manifest.json 的 SHA-256。
核验：anju evidence --check 文件名。不需要数据库：逐个文件比对哈希，并从第一条事实起重算整条链
(hash = sha256(上一条的 hash || "类型|编号|序号|事实|时刻|操作者|内容")，时刻为 UTC 微秒，内容为 jsonb 文本)。

manifest.json gives the SHA-256 of every file and the number and hash of the last entry of this loan's chain
of facts.
The hash of the bundle is the SHA-256 of manifest.json. To check: anju evidence --check FILE. No database is
needed: each
file is compared with its hash, and the chain is computed anew from its first entry on.
"""


@dataclass(frozen=True, slots=True)
class EvidenceExported:
    """A bundle was made for somebody; ``sha256`` is that of its manifest."""

    KIND: ClassVar[str] = "collections.evidence.exported"
    loan_id: int
    sha256: str
    entries: int

    @property
    def subject(self) -> tuple[str, int]:
        return ("loan", self.loan_id)

    def body(self) -> dict[str, Any]:
        return {"sha256": self.sha256, "entries": self.entries}


@dataclass(frozen=True, slots=True)
class Bundle:
    """A finished bundle: file name, bytes, the hash of its manifest, and what is in it."""

    name: str
    content: bytes
    sha256: str
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found. ``problems`` is empty when every file and every link of the chain holds."""

    loan_no: str
    sha256: str
    made_at: str
    entries: int
    problems: tuple[tuple[str, str], ...]

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return not self.problems


class NotABundle(ValueError):
    """The file is not an evidence bundle of a known format."""


def export(*, loan_id: int, at: datetime, actor: str) -> Bundle:
    """The bundle of one loan as it stands, and the fact that it was made. The caller has checked the branch
    scope.
    """
    bundle = _pack(loan_id, at, actor)
    record(EvidenceExported(loan_id, bundle.sha256, bundle.counts["chain"]), at=at, actor=actor)
    return bundle


def _pack(loan_id: int, at: datetime, actor: str) -> Bundle:
    loan = servicing_queries.loan_row(loan_id)
    chain = journal_queries.chain(("loan", loan_id))
    parts: dict[str, Sequence[Any] | Mapping[str, Any]] = {
        "contract": {"loan": loan, "parties": servicing_queries.parties_of(loan_id)},
        "position": {"position": servicing_queries.position_row(loan_id)},
        "schedule": servicing_queries.schedule_of(loan_id, _bank_date(at)),
        "payments": servicing_queries.payments_of(loan_id, limit=ROWS_MAX),
        "cases": [_case(row) for row in collections_queries.cases_of_loan(loan_id, limit=ROWS_MAX)],
        "calls": collections_queries.calls(loan_id=loan_id, limit=ROWS_MAX),
        "promises": collections_queries.promises(loan_id=loan_id, limit=ROWS_MAX),
        "notices": _notices(loan_id),
        "contacts": contacts_queries.history(
            loan.borrower_id, datetime.combine(loan.start_on, datetime.min.time(), UTC), limit=ROWS_MAX
        ),
        "chain": [_chain_line(entry) for entry in chain],
    }
    files = {f"{name}.json": _dump(part) for name, part in parts.items()}
    files["README.txt"] = READ_ME.encode()
    last = chain[-1] if chain else None
    manifest = {
        "format": FORMAT,
        "loan_no": loan.loan_no,
        "loan_id": loan_id,
        "made_at": at.astimezone(UTC).isoformat(),
        "made_by": actor,
        "chain": {
            "entries": len(chain),
            "last_seq": last.seq if last else 0,
            "last_hash": last.hash.hex() if last else "",
        },
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())},
    }
    files[MANIFEST] = _dump(manifest)
    return Bundle(
        name=f"evidence-{_safe(loan.loan_no)}-{_bank_date(at):%Y%m%d}.zip",
        content=_zip(files),
        sha256=hashlib.sha256(files[MANIFEST]).hexdigest(),
        counts={name: len(part) for name, part in parts.items()},
    )


def _notices(loan_id: int) -> list[Any]:
    rows = notices_queries.obligations_of(("loan", loan_id), limit=ROWS_MAX)
    return [notices_queries.obligation_page(row.id) for row in rows]


def _case(row: collections_queries.CaseRow) -> dict[str, Any]:
    return {"case": row, "moves": collections_queries.moves(row.id)}


def _chain_line(entry: ChainEntry) -> dict[str, Any]:
    return {
        "seq": entry.seq,
        "subject_type": entry.subject_type,
        "subject_id": entry.subject_id,
        "kind": entry.kind,
        "at": entry.at.astimezone(UTC).isoformat(),
        "actor": entry.actor,
        "body": entry.body,
        "prev_hash": entry.prev_hash.hex(),
        "hash": entry.hash.hex(),
    }


def _chain_entry(line: Mapping[str, Any]) -> ChainEntry:
    return ChainEntry(
        subject_type=line["subject_type"],
        subject_id=line["subject_id"],
        seq=line["seq"],
        kind=line["kind"],
        at=datetime.fromisoformat(line["at"]),
        actor=line["actor"],
        body=line["body"],
        prev_hash=bytes.fromhex(line["prev_hash"]),
        hash=bytes.fromhex(line["hash"]),
    )


def check(content: bytes) -> Checked:
    """Every file against its hash, every entry against the chain. Raises ``NotABundle``."""
    files = _unzip(content)
    try:
        manifest = json.loads(files[MANIFEST])
        known = manifest["format"] == FORMAT
    except (KeyError, ValueError, TypeError) as error:
        raise NotABundle("不是证据包 / not an evidence bundle") from error
    if not known:
        raise NotABundle(f"未知格式 / unknown format: {manifest['format']}")
    problems = [*_file_problems(manifest["files"], files)]
    lines = json.loads(files.get("chain.json", b"[]"))
    ending = (manifest["chain"]["last_seq"], bytes.fromhex(manifest["chain"]["last_hash"]) or bytes(32))
    for found in verify_entries((_chain_entry(line) for line in lines), last=ending):
        problems.append((f"chain.json #{found.seq}", f"{found.zh} / {found.en}"))
    return Checked(
        loan_no=manifest["loan_no"],
        sha256=hashlib.sha256(files[MANIFEST]).hexdigest(),
        made_at=manifest["made_at"],
        entries=len(lines),
        problems=tuple(problems),
    )


def _file_problems(named: Mapping[str, str], files: Mapping[str, bytes]) -> list[tuple[str, str]]:
    found = []
    for name, digest in named.items():
        if name not in files:
            found.append((name, "文件缺失 / file is missing"))
        elif hashlib.sha256(files[name]).hexdigest() != digest:
            found.append((name, "内容与清单哈希不符 / content does not match the manifest"))
    extra = sorted(set(files) - set(named) - {MANIFEST})
    return found + [(name, "清单之外的文件 / file not in the manifest") for name in extra]


def _zip(files: Mapping[str, bytes]) -> bytes:
    """The same files give the same bytes: fixed order, fixed time stamps."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), files[name], zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _unzip(content: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    except (zipfile.BadZipFile, OSError, EOFError) as error:
        raise NotABundle("不是证据包 / not an evidence bundle") from error


def _dump(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)


def _bank_date(at: datetime) -> date:
    return at.astimezone(BANK_ZONE).date()


def _safe(text: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in text)
