"""``anju journal``."""

from __future__ import annotations

import click

from anju.site.cli.base import REFUSED, emit


class SubjectType(click.ParamType):
    """``loan:17`` to ``("loan", 17)``."""

    name = "TYPE:ID"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, int]:
        kind, colon, number = str(value).partition(":")
        if not (kind and colon and number.isdigit()):
            self.fail(f"{value!r}: loan:17, person:4 …", param, ctx)
        return kind, int(number)


@click.group()
def journal() -> None:
    """事实日志：只增不改、按主体哈希成链。

    The journal of facts: append-only, hash-chained per subject.
    """


@journal.command()
@click.option("--subject", type=SubjectType(), help="只核验一个主体，如 loan:17。One subject only.")
@click.pass_context
def verify(ctx: click.Context, subject: tuple[str, int] | None) -> None:
    """核验哈希链，并指出断在何处。

    Verify every chain and say where one is broken. Exit code 0: all are whole; 1: there are breaks.
    """
    from anju.platform.journal import queries

    breaks = queries.verify(subject)
    entries, chains = queries.counts(subject)
    lines = [f"{b.subject[0]}:{b.subject[1]} #{b.seq}  {b.zh}({b.en})" for b in breaks]
    if breaks:
        total = f"{len(breaks)}+" if len(breaks) >= queries.BREAKS_MAX else str(len(breaks))
        lines.append(f"发现 {total} 处断裂 / {total} breaks found")
    else:
        lines.append(
            f"{chains} 条链、{entries} 条记录，全部完整 / {chains} chains, {entries} entries: all whole"
        )
    emit(
        {
            "ok": not breaks,
            "chains": chains,
            "entries": entries,
            "breaks": [
                {
                    "subject": f"{b.subject[0]}:{b.subject[1]}",
                    "seq": b.seq,
                    "entry_id": b.entry_id,
                    "problem": b.problem,
                    "zh": b.zh,
                    "en": b.en,
                }
                for b in breaks
            ],
        },
        "\n".join(lines),
    )
    if breaks:
        ctx.exit(REFUSED)
