"""What every command stands on: exit codes, output for people or programs, errors in both languages.

A command module is plain click. It gets for nothing: ``--json`` on every command, Django set up before the
module is imported, the database running before the command's body starts (see ``Entry``), and its exceptions
turned into one message and an exit code. A command reports with ``emit(result, text)`` and refuses with an
exception, or with ``raise Refused(zh, en)``.
"""

from __future__ import annotations

import functools
import importlib
import json
import os
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

import click

OK = 0
REFUSED = 1
BAD_INPUT = 2
NOT_RUNNING = 3
INTERNAL = 4

EXIT_CODES = """\b
退出码 / exit codes:
  0  成功                        done
  1  被拒绝，或发现了问题        refused, or problems were found
  2  用法或输入有误              bad usage or input
  3  连不上或未运行              not reachable, or not running
  4  内部错误                    internal error"""

_JSON_KEY = "anju.json"


class Refused(Exception):
    """The command was understood and is refused (exit code 1); ``details`` go into the JSON form."""

    code = REFUSED

    def __init__(self, zh: str, en: str, **details: Any) -> None:
        super().__init__(f"{zh}\n{en}")
        self.zh = zh
        self.en = en
        self.details = details


class NotRunning(Refused):
    """Something that the command needs does not answer (exit code 3)."""

    code = NOT_RUNNING


@dataclass(frozen=True)
class Entry:
    """A command known by name only: ``target`` is "module:attribute", ``needs`` says what has to stand first.

    "nothing"; "django": settings and apps are set up before the module is imported; "server": and the database
    answers before the command's body starts (its ``--help`` needs none); "database": and has this version's shape.
    """

    target: str
    zh: str
    en: str
    needs: str = "database"


class LazyGroup(click.Group):
    """Imports a command's module only when that command is asked for, so ``anju --help`` is quick."""

    def __init__(self, *args: Any, entries: dict[str, Entry] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.entries = entries or {}

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.entries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = self.entries.get(cmd_name)
        if entry is None:
            return None
        if cmd_name not in self.commands:
            self.commands[cmd_name] = _load(cmd_name, entry)
        return self.commands[cmd_name]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [(name, f"{entry.zh}  {entry.en}") for name, entry in self.entries.items()]
        with formatter.section("命令 / commands"):
            formatter.write_dl(rows)


def _load(name: str, entry: Entry) -> click.Command:
    if entry.needs != "nothing":
        start_django()
    module_name, attribute = entry.target.split(":")
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as problem:
        if problem.name != module_name:
            raise
        raise Refused(f"命令 {name} 尚未提供。", f"The command {name} is not available yet.") from None
    command: click.Command = getattr(module, attribute)
    _complete(command, entry.needs)
    return command


def _complete(command: click.Command, needs: str) -> None:
    """Give a command, and what is under it, ``--json``, and the database before its body."""
    if not any(parameter.name == "json" for parameter in command.params):
        command.params.append(json_option())
    if isinstance(command, click.Group):
        for below in command.commands.values():
            _complete(below, needs)
    elif needs in ("server", "database") and command.callback is not None:
        command.callback = _with_database(command.callback, shaped=needs == "database")


def _with_database(body: Callable[..., Any], *, shaped: bool) -> Callable[..., Any]:
    @functools.wraps(body)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        from anju.site import postgres, prepare

        postgres.ensure()
        if shaped:
            prepare.schema()
        return body(*args, **kwargs)

    return wrapped


def json_option() -> click.Option:
    return click.Option(
        ["--json"],
        is_flag=True,
        expose_value=False,
        is_eager=True,
        callback=_remember_json,
        help="以 JSON 输出结果。Write the result as JSON.",
    )


def _remember_json(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value:
        ctx.find_root().meta[_JSON_KEY] = True


def wants_json() -> bool:
    """Did the caller ask for JSON, before or after the command's name?"""
    ctx = click.get_current_context(silent=True)
    if ctx is None:
        return "--json" in sys.argv
    return bool(ctx.find_root().meta.get(_JSON_KEY))


def emit(result: dict[str, Any], text: str) -> None:
    """The command's answer: ``text`` for a person, ``result`` (one JSON object on one line) for a program."""
    if wants_json():
        click.echo(json.dumps(result, ensure_ascii=False, default=str))
    elif text:
        click.echo(text)


def start_django() -> None:
    """Settings and apps; no database is touched."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "anju.site.settings")
    import django

    from anju.site import heap

    django.setup()
    heap.settle()


def run(group: click.Group, argv: list[str] | None = None) -> NoReturn:
    """The program: run the group, say errors once, leave with the code that ``EXIT_CODES`` lists."""
    arguments = sys.argv[1:] if argv is None else argv
    as_json = _asks_for_json(arguments)
    try:
        code = group.main(args=arguments, prog_name="anju", standalone_mode=False)
    except click.exceptions.Exit as end:
        code = end.exit_code
    except (click.Abort, KeyboardInterrupt):
        _say({"error": "aborted"}, "已中止。\nAborted.", as_json)
        code = 130
    except BrokenPipeError:  # the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = OK
    except Exception as problem:  # the outermost place: whatever it is has to become a message and a code
        code = _explain(problem, as_json)
    sys.exit(code if isinstance(code, int) else OK)


def _asks_for_json(arguments: list[str]) -> bool:
    """``--json``, or the ``--format json`` of commands that have several formats: then refusals are JSON too."""
    pairs = zip(arguments, [*arguments[1:], ""], strict=True)
    return "--json" in arguments or "--format=json" in arguments or ("--format", "json") in pairs


def _explain(problem: Exception, as_json: bool) -> int:
    code = exit_code_of(problem)
    kind = type(problem).__name__
    zh, en = _texts_of(problem)
    details: dict[str, Any] = {"error": kind, "exit_code": code, "zh": zh, "en": en}
    for name in ("field", "allowed", "details"):
        if hasattr(problem, name):
            details[name] = getattr(problem, name)
    if code == INTERNAL and (os.environ.get("ANJU_DEBUG") or not as_json):
        traceback.print_exception(problem, limit=None if os.environ.get("ANJU_DEBUG") else -3)
    _say(details, f"错误：{zh}\nError: {en}" if zh != en else f"错误 / Error: {en}", as_json)
    return code


def exit_code_of(problem: Exception) -> int:
    """Which of the documented codes an exception means."""
    from anju.core.errors import BadInput
    from anju.site.postgres.places import ServerProblem

    if isinstance(problem, Refused):
        return problem.code
    if isinstance(problem, (click.UsageError, click.FileError, BadInput)):
        return BAD_INPUT
    if isinstance(problem, (ServerProblem, ConnectionError)) or _is_database_gone(problem):
        return NOT_RUNNING
    return (
        REFUSED if hasattr(problem, "message_zh") or isinstance(problem, click.ClickException) else INTERNAL
    )


def _is_database_gone(problem: Exception) -> bool:
    return type(problem).__name__ == "OperationalError" and type(problem).__module__.startswith(
        ("psycopg", "django.db")
    )


def _texts_of(problem: Exception) -> tuple[str, str]:
    for zh, en in (("zh", "en"), ("message_zh", "message_en")):
        if hasattr(problem, zh) and hasattr(problem, en):
            return getattr(problem, zh), getattr(problem, en)
    if isinstance(problem, click.ClickException):
        said = problem.format_message()
        help_ = problem.ctx.command_path if isinstance(problem, click.UsageError) and problem.ctx else "anju"
        return f"用法有误：{said}（见 {help_} --help）", f"{said} (see {help_} --help)"
    said = str(problem) or type(problem).__name__
    if exit_code_of(problem) == INTERNAL:
        return f"内部错误 {type(problem).__name__}:{said}", f"Internal error {type(problem).__name__}: {said}"
    return said, said


def _say(details: dict[str, Any], text: str, as_json: bool) -> None:
    """JSON answers go to stdout, where a program reads; messages for people to stderr."""
    if as_json:
        click.echo(json.dumps(details, ensure_ascii=False, default=str))
    else:
        click.echo(text, err=True)
