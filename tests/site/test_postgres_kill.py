"""kill -9 of everybody who has a part in the embedded server: no committed row is lost, nobody is left, the
next start heals."""

import threading
from typing import Any

import psycopg
import pytest

from anju.site import postgres
from anju.site.postgres.places import is_held

from .installations import Installation, is_alive, kill, said, wait_until

pytestmark = pytest.mark.kill

BUSY = "SELECT count(*) FROM generate_series(1, 2000000000)"


def write_rows(installation: Installation, upto: int) -> None:
    with installation.connect() as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS promise (n int PRIMARY KEY)")
        for n in range(1, upto + 1):
            connection.execute("INSERT INTO promise VALUES (%s) ON CONFLICT DO NOTHING", [n])


def rows(installation: Installation) -> int:
    with installation.connect() as connection:
        row = connection.execute("SELECT count(*) FROM promise").fetchone()
        assert row is not None
        return int(row[0])


class BusyBackend:
    """A backend in the middle of a long computation, which does not look whether its postmaster still
    lives."""

    def __init__(self, installation: Installation) -> None:
        self.connection: psycopg.Connection[Any] = installation.connect()
        self.pid = self.connection.info.backend_pid
        self.error: psycopg.Error | None = None
        self.thread = threading.Thread(target=self._run)
        self.thread.start()
        with installation.connect() as watcher:
            wait_until(
                lambda: watcher.execute(
                    "SELECT 1 FROM pg_stat_activity WHERE pid = %s AND state = 'active'", [self.pid]
                ).fetchone()
            )

    def _run(self) -> None:
        try:
            self.connection.execute(BUSY)
        except psycopg.Error as error:
            self.error = error

    def end(self) -> None:
        self.thread.join(timeout=60)
        assert not self.thread.is_alive()
        self.connection.close()


def test_postmaster(installation: Installation) -> None:
    installation.ensure(durable=True)
    write_rows(installation, 500)
    before = installation.state
    busy = BusyBackend(installation)

    kill(before["postmaster"])

    after = wait_until(
        lambda: (now := installation.state)["state"] == "ready" and now["restarts"] == 1 and now
    )
    busy.end()
    assert isinstance(busy.error, psycopg.OperationalError)
    assert not is_alive(busy.pid)
    assert after["keeper"] == before["keeper"]
    assert after["postmaster"] != before["postmaster"]
    installation.ensure()
    assert rows(installation) == 500


def test_postmaster_again_and_again(installation: Installation) -> None:
    """Also in the moment when it is just coming up again."""
    installation.ensure(durable=True)
    write_rows(installation, 100)
    killed = {0}
    for _ in range(6):
        wait_until(lambda: installation.state["postmaster"] not in killed)
        pid = installation.state["postmaster"]
        kill(pid)
        killed.add(pid)

    installation.ensure()

    assert rows(installation) == 100


def test_a_backend_makes_the_server_restart_itself(installation: Installation) -> None:
    """PostgreSQL's own crash recovery: the postmaster stays."""
    installation.ensure(durable=True)
    write_rows(installation, 50)
    before = installation.state
    victim = installation.connect()
    kill(victim.info.backend_pid)
    with pytest.raises(psycopg.OperationalError):
        victim.execute("SELECT 1")
    victim.close()

    installation.ensure()

    assert rows(installation) == 50
    assert installation.state["postmaster"] == before["postmaster"]


def test_the_only_user(installation: Installation) -> None:
    user = installation.start_user()
    state = said(user)
    assert is_alive(state["postmaster"])

    user.kill()
    user.wait()

    wait_until(lambda: not is_alive(state["keeper"]))
    assert installation.processes() == []


def test_a_starter_at_any_moment_of_the_start(installation: Installation) -> None:
    """Killed before, during and after initdb; what it began ends by itself or is taken over."""
    home = installation.data_dir / "postgres"
    moments = ("users.lock", "state.json", "cluster.new", "cluster.new/PG_VERSION", "cluster")
    for moment in moments:
        user = installation.start_user()
        wait_until((home / moment).exists, moment)
        user.kill()
        user.wait()

    installation.ensure()

    write_rows(installation, 10)
    assert rows(installation) == 10


def test_keeper(installation: Installation) -> None:
    installation.ensure(durable=True)
    write_rows(installation, 200)
    before = installation.state

    kill(before["keeper"])

    wait_until(lambda: not installation.processes(), "the kernel told the postmaster of the keeper's death")
    assert not is_held(installation.server.keeper_lock)
    installation.ensure()
    assert installation.state["keeper"] != before["keeper"]
    assert rows(installation) == 200


def test_keeper_with_an_immediate_new_start(installation: Installation) -> None:
    """The new keeper has to wait for the old server's shutdown."""
    installation.ensure(durable=True)
    write_rows(installation, 200)
    before = installation.state

    kill(before["keeper"])
    installation.ensure()

    assert rows(installation) == 200
    assert not is_alive(before["postmaster"])


def test_keeper_and_postmaster_together_with_a_busy_backend(installation: Installation) -> None:
    installation.ensure(durable=True)
    write_rows(installation, 200)
    before = installation.state
    busy = BusyBackend(installation)

    kill(before["keeper"])
    kill(before["postmaster"])
    installation.ensure()

    busy.end()
    assert not is_alive(busy.pid)
    assert rows(installation) == 200


def test_everybody(installation: Installation) -> None:
    user = installation.start_user(durable=True)
    state = said(user)
    write_rows(installation, 50)

    for pid in (user.pid, state["keeper"], *installation.processes()):
        if is_alive(pid):
            kill(pid)
    user.wait()

    wait_until(lambda: not installation.processes())
    installation.ensure()
    assert rows(installation) == 50


def test_somebody_waiting_for_the_keepers_end_is_told(installation: Installation) -> None:
    installation.ensure()
    told = threading.Event()

    def wait() -> None:
        postgres.wait_for_keeper_end(installation.data_dir)
        told.set()

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    assert not told.is_set()

    kill(installation.state["keeper"])

    assert told.wait(30)
    thread.join()
