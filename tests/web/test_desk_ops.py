"""The desk's buttons that set something going: day end, evidence, files handed in."""

import io
import zipfile
from collections.abc import Callable

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from anju.contexts.servicing.models import ImportFile
from anju.dayend.models import DayRun
from anju.platform.journal.models import Entry
from tests.web.desk_world import World

Enter = Callable[[str], Client]


def test_a_day_end_is_handed_to_the_background_once(world: World, as_role: Enter) -> None:
    client, url = as_role("administrator"), reverse("desk:dayend_start")
    for _ in range(2):
        assert client.post(url, {"until": "2026-11-23"}).status_code == 302
    job = ProcrastinateJob.objects.get(task_name="desk.dayend")
    assert job.args["on"] == "2026-11-23"


def test_days_that_have_not_come_are_refused(world: World, as_role: Enter) -> None:
    client = as_role("administrator")
    shown = client.post(reverse("desk:dayend_start"), {"until": "2026-12-24"}, follow=True).content.decode()
    assert "日期应在 2026-11-23 至 2026-11-23 之间" in shown
    assert not ProcrastinateJob.objects.exists()


def test_missed_days_are_shown(world: World, as_role: Enter) -> None:
    DayRun.objects.filter(business_on__gt="2026-11-20").delete()
    shown = as_role("supervisor").get(reverse("desk:dayends")).content.decode()
    assert "有 2 天没有做日终" in shown
    assert "11月21日 周六、11月22日 周日" in shown


def test_a_collector_takes_the_evidence_and_that_is_recorded(world: World, as_role: Enter) -> None:  # S3-12
    answer = as_role("collector").post(reverse("desk:evidence", args=[world.loans[0].pk]))
    assert zipfile.ZipFile(io.BytesIO(answer.content)).testzip() is None
    assert "attachment" in answer.headers["Content-Disposition"]
    fact = Entry.objects.get(kind="collections.evidence.exported")
    assert fact.actor == f"staff:{world.staff['collector'].pk}"


def test_a_file_that_cannot_be_taken_changes_nothing(world: World, as_role: Enter) -> None:
    client, url = as_role("administrator"), reverse("desk:import_upload")
    files = ImportFile.objects.filter(state="loaded").count()
    for name, content in (("x.txt", b"a"), ("empty.csv", b""), ("odd.csv", b"\x00\x01nothing")):
        answer = client.post(url, {"kind": "loans", "file": SimpleUploadedFile(name, content)})
        assert answer.status_code == 422, name
    assert ImportFile.objects.filter(state="loaded").count() == files
