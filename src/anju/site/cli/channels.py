"""``anju channels``: which provider serves which channel, and one test message over a line."""

from __future__ import annotations

import secrets

import click

from anju.site.cli.base import Refused, emit

TEXT = "线路测试 / line test"


@click.group(invoke_without_command=True)
@click.pass_context
def channels(ctx: click.Context) -> None:
    """渠道与服务商。 Channels and their providers, in order of preference."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_)


@channels.command("list")
def list_() -> None:
    """列出渠道及服务商。

    Providers of each channel: the same key twice is one message (once); it can be asked (asked); it calls us (hook).
    """
    from anju.adapters import ports_from_environment
    from anju.platform.notices.hooks import Hearer

    rows = [
        {
            "channel": channel, "provider": port.name, "simulated": port.name.startswith("sim-"),
            "idempotent": port.idempotent, "can_poll": port.can_poll, "hears": isinstance(port, Hearer),
        }
        for channel, ports in sorted(ports_from_environment().items())
        for port in ports
    ]  # fmt: skip
    words = {
        "simulated": "模拟 simulated",
        "idempotent": "同键一条 once",
        "can_poll": "可查询 asked",
        "hears": "回调 hook",
    }
    lines = [
        f"{row['channel']:8} {row['provider']:16} "
        + ", ".join(text for key, text in words.items() if row[key])
        for row in rows
    ]
    emit({"ports": rows}, "\n".join(line.rstrip() for line in lines))


@channels.command("try")
@click.argument("provider")
@click.option(
    "--to", required=True, help="测试地址，不得属于客户 / an address of yours that belongs to no customer"
)
@click.option("--text", default=TEXT, show_default=True)
def try_(provider: str, to: str, text: str) -> None:
    """经某服务商发送一条测试消息。

    Send one test message over a provider; it belongs to no notice and is in no ledger.
    """
    from anju.adapters import ports_from_environment
    from anju.platform.contacts import queries as contacts
    from anju.platform.notices.config import ADDRESS_KIND
    from anju.platform.notices.ports import InDoubt, Message, NotTried, Rejected, by_name
    from anju.site.clock import now

    port = by_name(ports_from_environment()).get(provider)
    if port is None or port.channel not in ADDRESS_KIND:
        raise Refused(
            f"没有可测试的服务商 {provider}", f"no provider {provider} that can be tried (anju channels)"
        )
    if contacts.persons_at(ADDRESS_KIND[port.channel], to):
        raise Refused(
            "该地址属于客户，测试不得打扰", "this address belongs to a customer: a test must not reach them"
        )
    key = f"try-{secrets.token_hex(8)}"
    try:
        answer = port.send(Message(key, 0, port.channel, 0, to, TEXT, text, now()))
    except Rejected as error:
        raise Refused(f"被拒绝：{error}", f"refused: {error}", error_class=error.error_class) from error
    except (InDoubt, NotTried) as error:
        raise Refused(f"没有答复，结果不明：{error}", f"no answer, in doubt: {error}") from error
    shown = {"provider": provider, "key": key, "provider_ref": answer.provider_ref, "rung": answer.rung}
    emit(
        shown, f"已提交 {answer.provider_ref}（{answer.rung}）\ntaken: {answer.provider_ref} ({answer.rung})"
    )


@channels.command("push-key")
def push_key() -> None:
    """生成网页推送密钥。 A new key for web push (`ANJU_PUSH_URL`); it is shown once and kept nowhere."""
    from anju.adapters.push_crypt import new_private_key

    key = new_private_key()
    emit({"key": key}, f"ANJU_PUSH_URL='push:?key={key}&contact=ops@bank.example'")
