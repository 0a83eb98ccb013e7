"""The mail room answers: each good row becomes a receipt of its notice, each bad one is quarantined with its reason.

Rungs: posted is `sent`; delivered is `carrier_delivered`, for registered mail only, because only there somebody signed;
returned is a failure, `bounced` (the address is wrong from now on), or `blocked` when the person refused the letter.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time

from django.db import transaction

from anju.core.working_time import BANK_ZONE
from anju.platform.journal import operations as journal
from anju.platform.letters.facts import ReturnsRead
from anju.platform.letters.marks import reference
from anju.platform.letters.models import Letter, ReturnFile, ReturnProblem
from anju.platform.letters.reading import Bad, Problem, Said, problem, read
from anju.platform.letters.rows import ReturnsReport
from anju.platform.notices import operations as notices
from anju.platform.notices.rows import ReceiptIn

RECEIPTS_MAX = 500
_REFUSED = ("拒收", "拒签", "refused")


def returns_read(
    *, content: bytes, name: str, by: str, at: datetime, branch_ids: Collection[int] | None = None,
    branch_id: int | None = None,
) -> ReturnsReport:  # fmt: skip
    """Read a return file; what came of it. The same bytes again change nothing, the same row in another file neither.

    `branch_ids`: letters the caller may answer for (None: all); `branch_id`: whose file it is in the list. Raises
    ReturnsRefused; then nothing was written.
    """
    said, problems, titles = read(content, today=at.astimezone(BANK_ZONE).date())
    digest = hashlib.sha256(content).hexdigest()
    with transaction.atomic():
        file, fresh = ReturnFile.objects.get_or_create(
            sha256=digest, branch_id=branch_id,
            defaults={
                "name": name[:200], "received_at": at, "received_by": by, "rows_total": len(said) + len(problems),
                "rows_new": 0, "rows_same": 0, "rows_bad": 0,
            },
        )  # fmt: skip
        if not fresh:
            return _report(file, repeated=True)
        applied = _Applying(branch_ids, titles, at).run(said)
        bad = sorted([*problems, *applied.problems], key=lambda one: one.row_no)
        ReturnProblem.objects.bulk_create(
            [
                ReturnProblem(
                    file=file, row_no=row.row_no, column=row.column, value=row.value, zh=row.zh, en=row.en
                )
                for row in bad
            ]
        )
        file.rows_new, file.rows_same, file.rows_bad = applied.new, applied.same, len(bad)
        file.save(update_fields=["rows_new", "rows_same", "rows_bad"])
        for start in range(0, len(applied.receipts), RECEIPTS_MAX):
            notices.receive_many(applied.receipts[start : start + RECEIPTS_MAX], at=at)
        fact = ReturnsRead(file.pk, digest, file.rows_new, file.rows_same, file.rows_bad)
        journal.record(fact, at=at, actor=by)
    return _report(file, repeated=False)


def _report(file: ReturnFile, *, repeated: bool) -> ReturnsReport:
    return ReturnsReport(file.pk, file.rows_total, file.rows_new, file.rows_same, file.rows_bad, repeated)


class _Applying:
    """Rows of one file over locked letters."""

    def __init__(self, branch_ids: Collection[int] | None, titles: Mapping[str, str], at: datetime) -> None:
        self.branch_ids = branch_ids
        self.titles = titles
        self.at = at
        self.new = self.same = 0
        self.problems: list[Problem] = []
        self.receipts: list[ReceiptIn] = []

    def run(self, rows: Sequence[Said]) -> "_Applying":
        letters = {
            row.pk: row
            for row in Letter.objects.select_for_update()
            .filter(id__in={row.letter_id for row in rows})
            .select_related(None)
            .order_by("id")
        }
        wanted = {row.registered_no for row in rows if row.registered_no}
        held = dict(Letter.objects.filter(registered_no__in=wanted).values_list("registered_no", "id"))
        moved: dict[int, Letter] = {}
        for row in rows:
            try:
                letter = self._letter(letters, row)
                changed = self._apply(letter, row, held)
            except Bad as bad:
                self.problems.append(problem(row.row_no, bad, row.cells, self.titles))
                continue
            self.new += changed
            self.same += not changed
            if changed:
                moved[letter.pk] = letter
        fields = ["registered_no", "posted_on", "delivered_on", "returned_on", "return_reason"]
        Letter.objects.bulk_update(moved.values(), fields, batch_size=500)
        return self

    def _letter(self, letters: Mapping[int, Letter], row: Said) -> Letter:
        letter = letters.get(row.letter_id)
        if letter is None or (self.branch_ids is not None and letter.branch_id not in self.branch_ids):
            raise Bad("reference", "没有这封信，或不属于本机构", "no such letter, or not of this branch")
        if letter.batch_id is None:
            raise Bad("reference", "这封信还没有装批", "this letter is in no batch yet")
        return letter

    def _apply(self, letter: Letter, row: Said, held: dict[str, int]) -> bool:
        """Write what is new of a letter, and say it to its notice; False when all of it was known."""
        registered = self._registered(letter, row, held)
        posted = _same_or("posted_on", letter.posted_on, row.posted_on) or row.delivered_on or row.returned_on
        assert posted is not None
        delivered = _same_or("delivered_on", letter.delivered_on, row.delivered_on)
        returned = _same_or("returned_on", letter.returned_on, row.returned_on)
        for name, on in (("delivered_on", delivered), ("returned_on", returned)):
            if on is not None and on < posted:
                raise Bad(name, f"早于投递日期 {posted}", f"before it was posted on {posted}")
        if delivered and returned:
            known = f"{letter.delivered_on or letter.returned_on}"
            raise Bad(
                "delivered_on" if row.delivered_on else "returned_on",
                f"与已登记的结果矛盾（{known}）",
                f"contradicts what is recorded ({known})",
            )
        if row.delivered_on and not registered:
            raise Bad(
                "delivered_on",
                "没有挂号号码，平信的妥投无法证明",
                "no registered number: delivery of a plain letter is no proof",
            )
        before = (letter.registered_no, letter.posted_on, letter.delivered_on, letter.returned_on)
        if before == (registered, posted, delivered, returned):
            return False
        if registered:
            held[registered] = letter.pk
        self._tell(letter, posted, delivered, returned, row.reason, registered)
        letter.registered_no, letter.posted_on = registered, posted
        letter.delivered_on, letter.returned_on = delivered, returned
        letter.return_reason = row.reason if returned else letter.return_reason
        return True

    def _registered(self, letter: Letter, row: Said, held: Mapping[str, int]) -> str:
        if row.registered_no and letter.registered_no not in ("", row.registered_no):
            known = letter.registered_no
            raise Bad("registered_no", f"这封信已登记为 {known}", f"this letter is registered as {known}")
        if row.registered_no and held.get(row.registered_no, letter.pk) != letter.pk:
            other = reference(held[row.registered_no])
            raise Bad("registered_no", f"已属于另一封信 {other}", f"belongs to another letter, {other}")
        return row.registered_no or letter.registered_no

    def _tell(
        self, letter: Letter, posted: date, delivered: date | None, returned: date | None, reason: str, registered: str
    ) -> None:  # fmt: skip
        raw = {"reference": reference(letter.pk), "registered_no": registered}
        if letter.posted_on is None:
            self._receipt(letter, "sent", posted, raw)
        if delivered is not None and letter.delivered_on is None:
            self._receipt(letter, "carrier_delivered", delivered, raw)
        if returned is not None and letter.returned_on is None:
            error_class = "blocked" if any(word in reason.lower() for word in _REFUSED) else "bounced"
            self._receipt(letter, "failed", returned, {**raw, "error_class": error_class, "reason": reason})

    def _receipt(self, letter: Letter, status: str, on: date, raw: Mapping[str, str]) -> None:
        """The post knows days only: noon at the bank."""
        said_at = min(datetime.combine(on, time(12), BANK_ZONE), self.at)
        self.receipts.append(ReceiptIn(letter.provider, letter.key, status, said_at, dict(raw)))


def _same_or(column: str, known: date | None, said: date | None) -> date | None:
    """What is known, or said for the first time. Raises Bad when both are there and differ."""
    if known is not None and said is not None and known != said:
        raise Bad(column, f"与已登记的 {known} 不同", f"differs from {known} recorded before")
    return known or said
