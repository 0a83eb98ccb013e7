"""The command line: help in both languages, JSON on every command, exit codes that mean something."""

import json
import socket
import subprocess
import sys
from typing import Any

import click
import pytest
from click.testing import CliRunner

from anju.core.errors import BadInput
from anju.site import cli
from anju.site.cli import base
from anju.site.postgres import ServerProblem

from .installations import Installation


def anju(*arguments: str, **kwargs: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "anju.site.cli", *arguments],
        capture_output=True,
        text=True,
        check=False,
        **kwargs,
    )


def test_help_needs_no_django() -> None:
    code = (
        "import sys\nfrom anju.site.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit as end:\n    assert end.code == 0\n"
        "assert not [name for name in sys.modules if name.split('.')[0] in ('django', 'psycopg', 'numpy')]\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for name in cli.COMMANDS:
        assert f"  {name} " in done.stdout
    assert "退出码 / exit codes" in done.stdout


OWN = ("run", "web", "worker", "db", "migrate", "assets")


def leaves(command: click.Command, path: str) -> list[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        return [leaf for name, below in command.commands.items() for leaf in leaves(below, f"{path} {name}")]
    return [(path, command)]


def is_bilingual(text: str) -> bool:
    return any("一" <= letter <= "鿿" for letter in text) and any("a" <= letter <= "z" for letter in text)


@pytest.mark.parametrize("name", OWN)
def test_every_command_has_help_in_both_languages_and_json(name: str) -> None:
    command = cli.anju.get_command(click.Context(cli.anju), name)
    assert command is not None
    for path, leaf in leaves(command, name):
        assert is_bilingual(leaf.help or ""), path
        assert any("--json" in parameter.opts for parameter in leaf.params), path
        for parameter in leaf.params:
            if isinstance(parameter, click.Option) and parameter.name != "help":
                assert is_bilingual(parameter.help or ""), f"{path} {parameter.name}"


def test_an_unknown_command_is_bad_usage() -> None:
    done = anju("nonsense")
    assert done.returncode == base.BAD_INPUT
    assert "用法有误" in done.stderr
    assert "anju --help" in done.stderr
    as_json = json.loads(anju("nonsense", "--json").stdout)
    assert as_json["exit_code"] == base.BAD_INPUT


def test_a_taken_port_is_not_reachable() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = str(listener.getsockname()[1])
        done = anju("run", "--port", port, "--json")
    assert done.returncode == base.NOT_RUNNING
    assert json.loads(done.stdout)["details"] == {"port": int(port)}


def test_a_banks_empty_database_is_refused_and_not_changed(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"postgresql://anju@/anju?host={installation.ensure()['HOST']}")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])

    done = anju("run", "--port", port)

    assert done.returncode == base.REFUSED
    assert "anju migrate" in done.stderr
    with installation.connect() as connection:
        assert connection.execute(
            "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        ).fetchone() == (0,)


def test_a_port_that_is_none_is_bad_usage() -> None:
    assert anju("run", "--port", "0").returncode == base.BAD_INPUT


@pytest.mark.parametrize(
    ("problem", "code"),
    [
        (base.Refused("不行", "no"), base.REFUSED),
        (base.NotRunning("没有", "not there"), base.NOT_RUNNING),
        (ServerProblem("没有", "not there"), base.NOT_RUNNING),
        (ConnectionRefusedError("no"), base.NOT_RUNNING),
        (click.BadParameter("x"), base.BAD_INPUT),
        (
            BadInput(field="rate", value="x", allowed="0-1", message_zh="利率有误", message_en="rate"),
            base.BAD_INPUT,
        ),
        (ZeroDivisionError("x"), base.INTERNAL),
    ],
)
def test_what_an_exception_means(problem: Exception, code: int) -> None:
    assert base.exit_code_of(problem) == code


def group_with(body: Any) -> base.LazyGroup:
    group = base.LazyGroup("anju", entries={"go": base.Entry("nowhere:go", "去", "Go", "nothing")})
    command = click.Command("go", callback=body)
    base._complete(command, "nothing")
    group.commands["go"] = command
    group.params.append(base.json_option())
    return group


@pytest.mark.parametrize("arguments", [["go", "--json"], ["--json", "go"]])
def test_json_may_stand_before_or_after_the_command(arguments: list[str]) -> None:
    group = group_with(lambda: base.emit({"money_fen": 12, "name": "张三"}, "for a person"))
    result = CliRunner().invoke(group, arguments)
    assert json.loads(result.output) == {"money_fen": 12, "name": "张三"}
    assert CliRunner().invoke(group, ["go"]).output == "for a person\n"


def test_an_error_is_said_once_in_both_languages(capsys: pytest.CaptureFixture[str]) -> None:
    def body() -> None:
        raise base.Refused("不能这样。", "Not like this.", loan="L1")

    with pytest.raises(SystemExit) as end:
        base.run(group_with(body), ["go"])
    assert end.value.code == base.REFUSED
    said = capsys.readouterr()
    assert said.err == "错误：不能这样。\nError: Not like this.\n"
    assert said.out == ""

    with pytest.raises(SystemExit):
        base.run(group_with(body), ["go", "--json"])
    told = json.loads(capsys.readouterr().out)
    assert (told["error"], told["zh"], told["details"]) == ("Refused", "不能这样。", {"loan": "L1"})


def test_a_command_that_is_not_there_yet_says_so() -> None:
    group = base.LazyGroup("anju", entries={"soon": base.Entry("anju.site.cli.nowhere:x", "", "", "nothing")})
    with pytest.raises(base.Refused, match="尚未提供"):
        group.get_command(click.Context(group), "soon")
