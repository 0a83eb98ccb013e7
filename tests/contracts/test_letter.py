"""Letters from hand-over to the post's answer: batch, list, return file, quarantine, erasing. S2-03, S2-04, S2-08."""

import csv
import io
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anju.adapters.letter import ADDRESS_MAX, LetterPort
from anju.adapters.simulated import mailroom
from anju.platform.letters import config, queries
from anju.platform.letters import operations as letters
from anju.platform.letters.marks import letter_id, postcode_of, reference
from anju.platform.letters.operations import batching
from anju.platform.letters.reading import BYTES_MAX, read
from anju.platform.letters.rows import BatchGone, ReturnsRefused
from anju.platform.notices.ports import BulkPort, Message, Port, Rejected, Submitted

ADDRESS = "上海市徐汇区漕溪北路1号 200030"
TODAY = date(2026, 11, 23)
HEAD = "编号,挂号号码,投递日期,妥投日期,退回日期,退回原因"
R1, R2 = reference(1), reference(2)


@given(st.integers(min_value=1, max_value=10**12), st.integers(min_value=1, max_value=9))
def test_a_slip_of_the_pen_is_no_other_letter(number, shift):
    mark = reference(number)
    assert letter_id(mark.lower()) == number
    for place in range(1, len(mark)):
        wrong = mark[:place] + str((int(mark[place]) + shift) % 10) + mark[place + 1 :]
        assert letter_id(wrong) is None


@pytest.mark.parametrize(("text", "expected"), [
    (ADDRESS, ("200030", "上海市徐汇区漕溪北路1号")),
    ("邮编：100000 北京市西城区1号", ("100000", "北京市西城区1号")),
    ("广州市天河路13800000001号", ("", "广州市天河路13800000001号")),
])  # fmt: skip
def test_the_postcode_is_found_in_the_address(text, expected):
    assert postcode_of(text) == expected


@pytest.mark.parametrize(("row", "column"), [
    ("L12345678,XA000000001CN,2026-11-20,,,", "编号"),
    (f"{R1},X,2026-11-20,,,", "挂号号码"),
    (f"{R1},,2026-13-20,,,", "投递日期"),
    (f"{R1},,2026-11-24,,,", "投递日期"),
    (f"{R1},,202611,,,", "投递日期"),
    (f"{R1},,,,,", "投递日期"),
    (f"{R1},,2026-11-20,2026-11-19,,", "妥投日期"),
    (f"{R1},,2026-11-20,2026-11-21,2026-11-22,x", "退回日期"),
    (f"{R1},,2026-11-20,,2026-11-22,", "退回原因"),
    (f"{R1},,2026-11-20,,2026-11-22,{'长' * 201}", "退回原因"),
])  # fmt: skip
def test_a_bad_row_names_its_column_and_value(row, column):
    said, problems, _ = read(f"{HEAD}\n{row}\n{R2},,20261120,,,\n".encode(), today=TODAY)
    assert [one.letter_id for one in said] == [2]
    (problem,) = problems
    assert (problem.row_no, problem.column) == (2, column)
    assert problem.zh
    assert problem.en


@pytest.mark.parametrize("content", [
    b"", b"a,b\n", b"\x00\x01", b"\xff\xfe\xfd\xfc\xfb", "编号\nL1\n".encode(), b"x" * (BYTES_MAX + 1), f'{HEAD}\n"{R1}'.encode(),
])  # fmt: skip
def test_a_file_that_cannot_be_read_changes_nothing(content):
    with pytest.raises(ReturnsRefused):
        read(content, today=TODAY)


@given(st.binary(max_size=300))
def test_no_file_breaks_the_reader(content):
    for head in (b"", f"{HEAD}\n".encode(), f"{HEAD}\n".encode("gb18030")):
        try:
            read(head + content, today=TODAY)
        except ReturnsRefused:
            continue


@pytest.mark.parametrize(("field", "value"), [
    ("batch_max", 0), ("batch_max", True), ("keep_days", "1"), ("list_head", ["a"]), ("sender", 3),
])  # fmt: skip
def test_rules_with_a_fault_name_it(field, value):
    good = {"batch_max": 10, "keep_days": 30, "sender": "", "list_head": list("abcdef")}
    assert config.parse(good).batch_max == 10
    with pytest.raises(ValueError, match=field):
        config.parse({**good, field: value})


@pytest.fixture
def post(branch, at, shipped_policy, monkeypatch) -> "Post":
    return Post(branch, at, monkeypatch)


class Post:
    """Notices whose letters wait, for people by number."""

    def __init__(self, branch: Any, at: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at = at
        self.branch = branch
        self.port = LetterPort()
        self.printed: list[dict[str, Any]] = []
        monkeypatch.setattr(batching, "render_pdf", self._render)
        monkeypatch.setattr(batching, "require_letters", lambda texts: None)

    def _render(self, name: str, values: dict[str, Any], *, at: datetime) -> bytes:
        self.printed.append(values)
        return b"%PDF " + repr(values).encode()

    def take(self, count: int, address: str = ADDRESS) -> list[Any]:
        from anju.contexts.parties.models import Person
        from anju.platform.contacts import operations as contacts
        from anju.platform.notices import operations as notices
        from anju.platform.notices.models import Attempt
        from tests.platform.notices.world import owed

        people = [
            Person.objects.create(
                name=f"张{number}",
                id_number=f"11010519491231{number:04d}",
                id_number_index=f"{number:016d}".encode(),
                created_at=self.at,
            )
            for number in range(count)
        ]
        contacts.set_addresses_many([(one.pk, "post", address) for one in people], at=self.at)
        notices.owe_many(
            [
                owed(self.branch.id, self.at, person_id=one.pk, key=f"k{one.pk}", subject=("loan", 700 + n))
                for n, one in enumerate(people)
            ]
        )
        notices.plan(at=self.at)
        Attempt.objects.update(channel="letter")
        notices.send(at=self.at, ports={"letter": [self.port]})
        return list(Attempt.objects.order_by("id"))

    def batch(self) -> str:
        (number,) = letters.make_batches(at=self.at, by="system:test")
        return number

    def listing(self) -> bytes:
        (row,) = queries.batches(None)
        return letters.batch_file(
            batch_id=row.id, what="list", reason="x", staff_id=None, by="system:test", at=self.at
        ).content

    def returns(self, content: bytes, **given: Any) -> Any:
        return letters.returns_read(content=content, name="r.csv", by="system:test", at=self.at, **given)


@pytest.mark.django_db
def test_a_letter_is_taken_once_and_proves_nothing_yet(post):
    attempts = post.take(2)
    assert isinstance(post.port, Port)
    assert isinstance(post.port, BulkPort)
    assert [(row.state, row.rung) for row in attempts] == [("accepted", "accepted")] * 2
    row = attempts[0]
    again = Message(
        row.idempotency_key, row.id, "letter", row.obligation.person_id, ADDRESS, "s", "b", post.at
    )
    assert post.port.send(again) == Submitted(row.idempotency_key)
    assert queries.waiting(None) == 2
    for bad in (
        {"to": "长" * (ADDRESS_MAX + 1)},
        {"to": "x"},
        {"body": " "},
        {"person_id": 0},
        {"attempt_id": 0},
    ):
        fields = {name: getattr(again, name) for name in Message.__dataclass_fields__}
        with pytest.raises(Rejected) as refused:
            post.port.send(Message(**{**fields, "key": "other", **bad}))
        assert (refused.value.error_class, refused.value.retry) == ("invalid", False)
    assert queries.waiting(None) == 2


@pytest.mark.django_db
def test_from_the_batch_to_what_the_post_says(post, django_assert_max_num_queries):
    from anju.platform.contacts import queries as contacts
    from anju.platform.documents.models import StoredFile
    from anju.platform.notices.models import Attempt, Receipt

    attempts = post.take(10)
    number = post.batch()
    assert number == f"20261123-{post.branch.id}-01"
    assert letters.make_batches(at=post.at, by="system:test") == []
    sheet = post.printed[0]["letters"][0]
    assert (sheet["postcode"], sheet["address"], sheet["recipient"]) == (
        "200030",
        "上海市徐汇区漕溪北路1号",
        "张0 收",
    )
    assert all(
        "张0".encode() not in bytes(row.content)
        for row in StoredFile.objects.filter(kind__startswith="letters.")
    )
    rows = list(csv.reader(io.StringIO(post.listing().decode("utf-8-sig"))))
    assert rows[0] == ["序号", "收件人", "地址", "邮编", "挂号号码", "编号"]
    assert rows[1][:4] == ["1", "张0", "上海市徐汇区漕溪北路1号", "200030"]
    assert Receipt.objects.count() == 0  # printing proves nothing

    post.at += timedelta(days=5)
    file = mailroom.answers(post.listing(), on=TODAY, encoding="gb18030")
    report = post.returns(file)
    assert (report.total, report.new, report.same, report.bad) == (10, 10, 0, 0)
    by_kind = {}
    for attempt in Attempt.objects.filter(id__in=[row.id for row in attempts]):
        kind = queries.of_key(attempt.idempotency_key).reference[-2]
        by_kind[kind] = (attempt.state, attempt.rung, attempt.error_class)
    assert by_kind["7"] == ("failed", "sent", "bounced")
    assert by_kind["8"] == ("failed", "sent", "blocked")
    assert by_kind["9"] == ("accepted", "sent", "")
    assert by_kind["1"] == ("delivered", "carrier_delivered", "")
    health = {
        queries.of_key(row.idempotency_key).reference[-2]: contacts.address(
            row.obligation.person_id, "post"
        ).health
        for row in attempts
    }
    assert (health["7"], health["8"], health["1"]) == ("bounced", "unverified", "unverified")

    count = Receipt.objects.count()
    assert post.returns(file).repeated
    other = post.returns(file + b"\r\n")
    assert (other.new, other.same, other.bad) == (0, 10, 0)
    assert Receipt.objects.count() == count


@pytest.mark.django_db
def test_rows_that_cannot_be_true_are_quarantined(post):
    attempts = post.take(2)
    first, second = (queries.of_key(row.idempotency_key).reference for row in attempts)
    lone = post.returns(f"{HEAD}\n{first},,2026-11-20,,,\n".encode())
    assert lone.bad == 1  # in no batch yet
    post.batch()
    post.at += timedelta(days=3)
    said = [
        f"{first},XA000000001CN,2026-11-23,2026-11-24,,", f"{first},,2026-11-23,,2026-11-25,地址不详",
        f"{second},XA000000001CN,2026-11-23,,,", f"{second},,2026-11-23,2026-11-24,,",
        f"{first},XA000000002CN,2026-11-23,,,", f"{first},,2026-11-24,,,", f"{reference(999)},,2026-11-23,,,",
    ]  # fmt: skip
    report = post.returns("\n".join([HEAD, *said]).encode())
    assert (report.new, report.same, report.bad) == (1, 0, 6)
    found = [(row.row_no, row.column, row.value) for row in queries.problems(report.file_id)]
    assert found == [
        (3, "退回日期", "2026-11-25"), (4, "挂号号码", "XA000000001CN"), (5, "妥投日期", "2026-11-24"), (6, "挂号号码", "XA000000002CN"),
        (7, "投递日期", "2026-11-24"), (8, "编号", reference(999)),
    ]  # fmt: skip
    foreign = post.returns(
        f"{HEAD}\n{second},,2026-11-23,,,".encode(),
        branch_ids=[post.branch.id + 1],
        branch_id=post.branch.id + 1,
    )
    assert (foreign.new, foreign.bad) == (0, 1)
    assert queries.of_key(attempts[1].idempotency_key).posted_on is None


@pytest.mark.django_db
def test_a_letter_no_font_can_write_goes_on_by_another_way(post, monkeypatch):
    from anju.platform.documents.pdf import LetterMissing
    from anju.platform.notices.models import Attempt

    attempts = post.take(2)

    def lacking(texts: list[str]) -> None:
        if "张1" in texts:
            raise LetterMissing("字体里没有这些字：🏠", "The font has no letters for: 🏠")

    monkeypatch.setattr(batching, "require_letters", lacking)
    post.batch()
    assert len(post.printed[0]["letters"]) == 1
    assert [Attempt.objects.get(pk=row.pk).error_class for row in attempts] == ["", "content"]


@pytest.mark.django_db
def test_a_batch_is_bounded_and_each_branch_has_its_own(post, monkeypatch):
    monkeypatch.setattr(batching, "VALUES_BYTES_MAX", 1500)
    post.take(3)
    numbers = letters.make_batches(at=post.at, by="system:test")
    assert numbers == [f"20261123-{post.branch.id}-{n:02d}" for n in range(1, len(numbers) + 1)]
    assert len(numbers) > 1
    assert sum(len(values["letters"]) for values in post.printed) == 3
    assert letters.make_batches(at=post.at, by="system:test", branch_ids=[]) == []


@pytest.mark.django_db
def test_who_takes_addresses_is_written_down_and_they_are_erased_in_time(post):
    from anju.platform.identity.models import Reveal, Staff
    from anju.platform.identity.operations import NotPermitted

    attempts = post.take(2)
    post.batch()
    (batch,) = queries.batches([post.branch.id])
    staff = {
        role: Staff.objects.create_user(f"s-{role[:4]}", None, name=role, role=role, branch=post.branch)
        for role in ("supervisor", "adviser")
    }
    take = {"batch_id": batch.id, "what": "pdf", "reason": "mail_room", "by": "staff:1", "at": post.at}
    assert letters.batch_file(staff_id=staff["supervisor"].pk, **take).content.startswith(b"%PDF")
    assert set(Reveal.objects.values_list("person_id", "field")) == {
        (row.obligation.person_id, "post") for row in attempts
    }
    with pytest.raises(NotPermitted):
        letters.batch_file(staff_id=staff["adviser"].pk, **take)
    assert Reveal.objects.count() == 2

    assert letters.purge(at=post.at + timedelta(days=100)) == 0
    assert letters.purge(at=post.at + timedelta(days=200)) == 3
    with pytest.raises(BatchGone):
        letters.batch_file(staff_id=None, **take)
    assert queries.of_key(attempts[0].idempotency_key).batch == batch.number  # what proves stays


def test_the_pdf_holds_every_letter_on_its_own_sheets(at):
    from anju.platform.documents import pdf

    sheet = {
        "reference": R1, "sender": "安居", "postcode": "200030", "address": "上海市" * 20, "recipient": "张三 收",
        "facts": [["日期", "2026年11月23日"]], "subject": "还款提醒", "foot": "安居", "paragraphs": ["第一行\n第二行"] * 30,
    }  # fmt: skip
    made = pdf.render_pdf(
        "letters", {"title": "x", "bank": "安居", "page": "{n} / {m}", "letters": [sheet, sheet]}, at=at
    )
    assert made.startswith(b"%PDF-1.7")
    assert b"pdfaid" in made
    assert made == pdf.render_pdf(
        "letters", {"title": "x", "bank": "安居", "page": "{n} / {m}", "letters": [sheet, sheet]}, at=at
    )


@pytest.mark.django_db
def test_the_command_line_does_the_same(post, tmp_path, monkeypatch):
    from click.testing import CliRunner

    from anju.site import clock
    from anju.site.cli.letters import letters as command

    monkeypatch.setattr(clock, "now", lambda: post.at)
    post.take(3)
    made = CliRunner().invoke(command, ["batch", "--out", str(tmp_path / "out")])
    assert made.exit_code == 0, made.output
    files = sorted(path.suffix for path in (tmp_path / "out").iterdir())
    assert files == [".csv", ".pdf"]
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "out").iterdir())
    post.at += timedelta(days=5)
    answers = tmp_path / "answers.csv"
    answers.write_bytes(mailroom.answers(post.listing(), on=TODAY) + b"L1,,2026-11-23,,,\r\n")
    read_in = CliRunner().invoke(command, ["returns", str(answers)])
    assert read_in.exit_code == 1
    assert "第 5 行 编号='L1'" in read_in.output
    assert "已投递 3" in CliRunner().invoke(command, ["list"]).output
