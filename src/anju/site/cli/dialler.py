"""``anju dialler``: the process that makes automated voice calls."""

from __future__ import annotations

import signal
import threading

import click

from anju.site.cli.base import NotRunning, emit

LOOK_SECONDS = 0.5
"""A signal in the instant before an endless wait for a lock is heard only when that wait ends: so none is endless."""


@click.group(invoke_without_command=True)
@click.option("--once", is_flag=True, help="打完已排队的电话即结束。Make the calls that wait, then end.")
@click.pass_context
def dialler(ctx: click.Context, once: bool) -> None:
    """自动语音拨号进程（anju run 在配置了 ANJU_SIP_URL 时自动启动）。

    Make automated voice calls (anju run starts it when ANJU_SIP_URL is set). Exit code 3 without a line.
    """
    if ctx.invoked_subcommand is None:
        _dial(once)


def _dial(once: bool) -> None:
    from django.conf import settings

    from anju.adapters.voice import lines_from_environment
    from anju.adapters.voice.book import CallBook
    from anju.adapters.voice.dialler import Dialler, SipCaller
    from anju.adapters.voice.port import book_folder
    from anju.adapters.voice.prompt import Prompts
    from anju.site import clock

    lines = lines_from_environment()
    if not lines:
        raise NotRunning(
            "没有语音线路：请设置 ANJU_SIP_URL（见 docs/channels/voice.md）。",
            "No voice line: set ANJU_SIP_URL (docs/channels/voice.md).",
        )
    prompts = Prompts.from_environment(settings.ANJU_BANK_NAME)
    diallers = [
        Dialler(CallBook(book_folder(name)), SipCaller(line), prompts, clock=clock.now, lines=line.lines)
        for name, line in lines.items()
    ]
    if once:
        count = sum(one.run_once() for one in diallers)
        emit({"calls": count}, f"已拨打 {count} 通 / {count} calls")
        return

    def stop(*_: object) -> None:
        for one in diallers:
            one.stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    threads = [threading.Thread(target=one.run) for one in diallers]
    for thread in threads:
        thread.start()
    for thread in threads:
        while thread.is_alive():
            thread.join(LOOK_SECONDS)


@dialler.command("text-id")
@click.argument("text")
def text_id(text: str) -> None:
    """某段语音内容的录音文件名。Name of the recording of a text, for ANJU_VOICE_PROMPTS."""
    from anju.adapters.voice.prompt import text_id as id_of
    from anju.adapters.voice.prompt import unspeakable

    why = unspeakable(text)
    if why:
        raise click.UsageError(f"TEXT: {why}")
    emit({"file": f"{id_of(text)}.wav"}, f"{id_of(text)}.wav")
