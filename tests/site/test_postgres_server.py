"""The embedded server: where it is, how it starts and stops, what it refuses."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
import pytest

from anju.site import postgres
from anju.site.postgres.places import Server, is_held, lock_holders, socket_dir_of

from .installations import Installation, is_alive, said, wait_until

DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")
IS_ROOT = os.geteuid() == 0


def test_parameters_are_known_without_a_server(tmp_path: Path) -> None:
    params = postgres.connection_params(tmp_path / "data")

    assert params["ENGINE"] == "django.db.backends.postgresql"
    assert (params["NAME"], params["USER"], params["PORT"]) == ("anju", "anju", 5432)
    assert not (tmp_path / "data").exists()
    assert not Path(params["HOST"]).exists()
    assert params == postgres.connection_params(tmp_path / "data")


def test_a_database_url_is_used_and_nothing_is_started(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ANJU_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("DATABASE_URL", "postgresql://clerk:s%20ecret@db.internal:6543/loans?sslmode=require")

    params = postgres.connection_params()

    assert params == {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": "db.internal",
        "PORT": "6543",
        "NAME": "loans",
        "USER": "clerk",
        "PASSWORD": "s ecret",
        "OPTIONS": {"sslmode": "require"},
    }
    assert postgres.libpq_params(params)["dbname"] == "loans"
    assert postgres.libpq_params(params)["sslmode"] == "require"
    assert not (tmp_path / "data").exists()


def test_a_database_url_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://x")
    with pytest.raises(postgres.ServerProblem, match="无法识别"):
        postgres.connection_params()


def test_ensure_through_a_database_url_checks_that_server(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    host = installation.ensure()["HOST"]
    monkeypatch.setenv("ANJU_DATA", str(tmp_path / "other"))
    monkeypatch.setenv("DATABASE_URL", f"postgresql://anju@/anju?host={host}")

    assert postgres.ensure()["HOST"] == host
    assert not (tmp_path / "other").exists()


def test_it_starts_answers_and_ends_with_its_last_user(installation: Installation) -> None:
    installation.ensure()
    with installation.connect() as connection:
        row = connection.execute(
            "SELECT current_setting('server_encoding'), current_setting('listen_addresses'),"
            " show_trgm('贷款')"
        ).fetchone()
    assert row is not None
    assert row[:2] == ("UTF8", "")
    assert row[2]
    first = installation.state
    assert installation.ensure()
    assert installation.state["postmaster"] == first["postmaster"]
    assert lock_holders(installation.server.users_lock) == [os.getpid()]

    postgres.release(installation.data_dir)

    wait_until(lambda: not is_held(installation.server.keeper_lock))
    assert installation.processes() == []
    assert not is_alive(first["keeper"])
    assert installation.state["state"] == "stopped"
    assert not installation.server.socket_dir.exists()


def test_another_user_keeps_it_running(installation: Installation) -> None:
    installation.ensure()
    other = installation.start_user()
    state = said(other)

    postgres.release(installation.data_dir)
    other_still = installation.start_user()

    assert said(other_still)["postmaster"] == state["postmaster"]
    for user in (other, other_still):
        user.communicate()
    wait_until(lambda: not is_held(installation.server.keeper_lock))
    assert installation.processes() == []


def test_simultaneous_starters_get_one_server(installation: Installation) -> None:
    users = [installation.start_user() for _ in range(4)]

    states = [said(user) for user in users]

    assert len({state["postmaster"] for state in states}) == 1
    assert len({state["keeper"] for state in states}) == 1
    assert {state["restarts"] for state in states} == {0}
    assert set(lock_holders(installation.server.users_lock)) == {user.pid for user in users}


def test_a_deep_data_folder_gets_a_short_socket(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["很深的文件夹" * 4] * 5)
    assert len(os.fsencode(deep)) > 300
    one = Installation(deep)
    try:
        params = one.ensure()
        assert len(os.fsencode(params["HOST"])) + len("/.s.PGSQL.5432") <= 107
        with one.connect() as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        one.end()


def test_a_socket_folder_that_is_not_ours_is_refused(installation: Installation, tmp_path: Path) -> None:
    """Somebody may have made it first in the common /tmp; a link would lead us anywhere."""
    installation.data_dir.mkdir()
    folder = socket_dir_of(installation.data_dir)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    folder.symlink_to(elsewhere)
    try:
        with pytest.raises(postgres.ServerProblem, match="属于别的用户"):
            installation.ensure()
        assert list(elsewhere.iterdir()) == []
        assert installation.processes() == []
    finally:
        folder.unlink()
    assert installation.ensure()


def test_another_versions_data_are_refused(installation: Installation) -> None:
    installation.ensure()
    postgres.release(installation.data_dir)
    wait_until(lambda: not is_held(installation.server.keeper_lock))
    (installation.server.cluster / "PG_VERSION").write_text("14\n")

    with pytest.raises(postgres.ServerProblem) as caught:
        installation.ensure()

    assert "PostgreSQL 14" in caught.value.zh
    assert "ANJU_PG_BIN" in caught.value.zh
    assert "belongs to PostgreSQL 14" in caught.value.en
    assert installation.state["state"] == "failed"
    assert installation.processes() == []


def test_a_server_that_does_not_start_says_why(installation: Installation) -> None:
    installation.ensure()
    postgres.release(installation.data_dir)
    wait_until(lambda: not is_held(installation.server.keeper_lock))
    configuration = installation.server.cluster / "postgresql.conf"
    good = configuration.read_text()
    configuration.write_text(good + "\nwork_mem = 'very much'\n")

    with pytest.raises(postgres.ServerProblem, match="work_mem"):
        installation.ensure()
    wait_until(lambda: not is_held(installation.server.keeper_lock))
    assert installation.processes() == []

    configuration.write_text(good)
    assert installation.ensure()


def test_a_half_made_cluster_is_made_again(installation: Installation) -> None:
    half = installation.data_dir / "postgres" / "cluster.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")

    installation.ensure()

    assert not half.exists()


def test_a_folder_without_programs_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ANJU_PG_BIN", str(tmp_path))
    with pytest.raises(postgres.ServerProblem, match="ANJU_PG_BIN"):
        postgres.ensure(tmp_path / "data")
    assert not (tmp_path / "data").exists()


@pytest.mark.skipif(not DEBIAN_15.is_dir(), reason="Debian's PostgreSQL 15 is not installed")
def test_debians_programs_work_too(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANJU_PG_BIN", str(DEBIAN_15))

    installation.ensure()

    with installation.connect() as connection:
        row = connection.execute("SELECT current_setting('server_version_num')::int / 10000").fetchone()
    assert row == (15,)
    assert installation.state["version"] == 15


def test_a_database_that_cannot_search_chinese_is_refused(installation: Installation) -> None:
    params = installation.ensure()
    with installation.connect() as connection:
        postgres.check_trigrams(connection)
        connection.execute(
            "CREATE DATABASE plain TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C' LOCALE_PROVIDER libc"
        )
    plain = psycopg.connect(**{**postgres.libpq_params(params), "dbname": "plain"}, autocommit=True)
    with plain, pytest.raises(postgres.ServerProblem) as caught:
        postgres.check_trigrams(plain)
    assert "LC_CTYPE" in caught.value.zh
    assert "LC_CTYPE" in caught.value.en


def test_a_number_used_again_by_another_program_does_not_stop_the_start(installation: Installation) -> None:
    """After a reboot, postmaster.pid may name a living stranger; PostgreSQL alone would refuse to start."""
    installation.ensure()
    pid_file = installation.server.cluster / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    postgres.release(installation.data_dir)
    wait_until(lambda: not is_held(installation.server.keeper_lock))
    pid_file.write_text("\n".join([str(os.getppid()), *lines[1:]]) + "\n")

    installation.ensure()

    assert installation.state["state"] == "ready"


def test_stop_ends_it_in_spite_of_its_users(installation: Installation) -> None:
    installation.ensure()
    assert postgres.stop(installation.data_dir)
    assert installation.processes() == []
    assert not postgres.stop(installation.data_dir)
    assert installation.ensure()


@pytest.mark.skipif(not IS_ROOT, reason="root only: as a normal user every test here runs that way")
def test_without_user_namespaces_root_runs_it_as_nobody(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANJU_PG_AS", "65534:65534")

    installation.ensure()

    assert Path(f"/proc/{installation.state['postmaster']}").stat().st_uid == 65534
    monkeypatch.delenv("ANJU_PG_AS")
    postgres.stop(installation.data_dir)
    assert installation.ensure()  # found out from the folder's owner
    assert installation.state["identity"] == "65534:65534"
    with installation.connect() as connection:
        assert connection.execute("SELECT count(*) FROM pg_class").fetchone()


@pytest.mark.skipif(not IS_ROOT, reason="root only: as a normal user every test here runs that way")
def test_a_normal_user_runs_it_as_oneself() -> None:
    """Through setpriv, with the right to read (not write) any file: the checkout may stand in root's own
    folder."""
    assert shutil.which("setpriv")
    folder = Path(tempfile.mkdtemp(prefix="anju-normal-user-", dir="/tmp"))
    os.chown(folder, 65534, 65534)
    one = Installation(folder / "data")
    try:
        user = one.start_user(
            *("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"),
            *("--inh-caps=-all,+dac_read_search", "--ambient-caps=+dac_read_search", "--"),
        )
        state = said(user)
        assert state.get("identity") == "self", state
        status = Path(f"/proc/{state['postmaster']}/status").read_text()
        assert "Uid:\t65534\t65534\t65534\t65534" in status
        assert socket_dir_of(one.data_dir).stat().st_uid == 65534
        user.communicate()
        wait_until(lambda: not is_alive(state["keeper"]))
        assert one.processes() == []
    finally:
        one.end()
        shutil.rmtree(folder)


def test_the_command_says_where_it_is_and_who_uses_it(installation: Installation) -> None:
    environment = {**os.environ, "ANJU_DATA": str(installation.data_dir)}
    anju = [sys.executable, "-m", "anju.site.cli", "db", "status", "--json"]
    before = subprocess.run(anju, env=environment, capture_output=True, text=True, check=False)
    assert before.returncode == 3
    assert '"NotRunning"' in before.stdout

    installation.ensure()

    after = subprocess.run(anju, env=environment, capture_output=True, text=True, check=False)
    assert after.returncode == 0
    assert f'"users": [{os.getpid()}]' in after.stdout
    refused = subprocess.run(
        [*anju[:-2], "stop"], env=environment, capture_output=True, text=True, check=False
    )
    assert refused.returncode == 1
    assert "--force" in refused.stderr
    assert isinstance(Server.at(installation.data_dir).state()["postmaster"], int)
