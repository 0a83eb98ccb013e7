"""The form of a journey: rows as they are typed, moved by plain buttons, and the section of the file they make."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from anju.core.errors import BadInput
from anju.platform.notices.journeys import CHANNELS, Condition, Step, parse
from anju.platform.policies.sections import quoted
from anju.web import format as fmt
from anju.web.desk import journeys_words, words

FIELDS = ("channel", "wait", "unit", "not_before", "after", "condition", "within")
PERSON_FIELDS = ("queue", "due", "due_kind")
NEW = {"channel": "sms", "wait": "60", "unit": "1"}
CONDITIONS = ("not sent", "not carrier_delivered", "not opened", "carrier_delivered", "opened")
_FIELD_OF = {
    "channel": "channel", "wait_minutes": "wait", "not_before": "not_before", "not_before_minutes": "after",
    "condition": "condition", "send_within_minutes": "within", "amount": "due", "queue": "queue",
}  # fmt: skip
ROWS_MAX = 12

Row = dict[str, str]


def units() -> list[tuple[str, str]]:
    """Units of a wait."""
    return [("1", _("分钟")), ("60", _("小时")), ("1440", _("天"))]


def channels() -> list[tuple[str, str]]:
    """Channels of a step, without the person."""
    return [(code, journeys_words.channel(code)) for code in CHANNELS if code != "person"]


def conditions() -> list[tuple[str, str]]:
    """When a step is taken."""
    rules = [(code, Condition(code.removeprefix("not "), code.startswith("not "))) for code in CONDITIONS]
    return [("", _("总是"))] + [(code, journeys_words.condition(rule)) for code, rule in rules]


def due_kinds() -> list[tuple[str, str]]:
    """How a person's time is counted."""
    return [
        ("working_minutes", _("工作分钟")),
        ("working_days", _("工作日")),
        ("wall", _("分钟（自然时间）")),
    ]


def queues() -> list[tuple[str, str]]:
    """Queues a person takes it from."""
    return [(code, str(label)) for code, label in words.QUEUES.items()]


def rows_of(steps: Sequence[Step]) -> list[Row]:
    """The form's rows of steps as they are; the last one is the person."""
    return [_row(step) for step in steps]


def _row(step: Step) -> Row:
    if step.channel == "person":
        due = step.due
        return {
            "channel": "person", "queue": step.queue, "due": str(due.amount if due else 240),
            "due_kind": due.kind if due else "working_minutes",
        }  # fmt: skip
    total = int(step.wait.total_seconds() // 60)
    unit = next(size for size in (1440, 60, 1) if total % size == 0)
    return {
        "channel": step.channel, "wait": str(total // unit), "unit": str(unit),
        "not_before": f"{step.not_before:%H:%M}" if step.not_before else "",
        "after": _minutes(step.not_before_owed), "within": _minutes(step.send_within),
        "condition": step.condition.text if step.condition else "",
    }  # fmt: skip


def _minutes(span: Any) -> str:
    return "" if span is None else str(int(span.total_seconds() // 60))


def typed(data: Mapping[str, str]) -> list[Row]:
    """The rows as they were sent."""
    count = data.get("count", "")
    rows = []
    for number in range(1, min(int(count) if count.isdigit() and len(count) < 3 else 0, ROWS_MAX) + 1):
        rows.append({name: data.get(f"s{number}-{name}", "").strip()[:40] for name in FIELDS})
    person = {name: data.get(f"p-{name}", "").strip()[:40] for name in PERSON_FIELDS}
    return [*rows, {"channel": "person", **person}]


def moved(rows: Sequence[Row], do: str) -> list[Row]:
    """The rows after a button: `up-2`, `down-2`, `drop-2`, `add`; anything else leaves them."""
    steps, person = list(rows[:-1]), rows[-1]
    kind, _dash, ref = do.partition("-")
    place = int(ref) - 1 if ref.isdigit() else -1
    if kind == "add" and len(steps) < ROWS_MAX - 1:
        steps.append(dict(NEW))
    elif kind == "drop" and 0 <= place < len(steps):
        steps.pop(place)
    elif kind == "up" and 0 < place < len(steps):
        steps[place - 1], steps[place] = steps[place], steps[place - 1]
    elif kind == "down" and 0 <= place < len(steps) - 1:
        steps[place + 1], steps[place] = steps[place], steps[place + 1]
    return [*steps, person]


def data_of(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The rows as the policy file has them; what is no number stays as it was typed, to be refused by name."""
    return [_person_data(row) if row["channel"] == "person" else _step_data(row) for row in rows]


def _person_data(row: Row) -> dict[str, Any]:
    return {
        "channel": "person", "queue": row["queue"], "due": {"kind": row["due_kind"], "amount": _number(row["due"])},
    }  # fmt: skip


def _step_data(row: Row) -> dict[str, Any]:
    wait, unit = _number(row["wait"]), _number(row["unit"])
    made: dict[str, Any] = {
        "channel": row["channel"],
        "wait_minutes": wait * unit if isinstance(wait, int) and isinstance(unit, int) else wait,
    }
    texts = {"not_before": row.get("not_before", ""), "condition": row.get("condition", "")}
    numbers = {"not_before_minutes": row.get("after", ""), "send_within_minutes": row.get("within", "")}
    made |= {name: text for name, text in texts.items() if text}
    made |= {name: _number(text) for name, text in numbers.items() if text}
    return made


def _number(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else text


def checked(rows: Sequence[Row]) -> tuple[Step, ...]:
    """The steps that the rows say. Raises BadInput."""
    return parse(data_of(rows), where="steps")


def place_of(error: BadInput) -> tuple[str, str]:
    """Row and field of the form that an error is about, as `("2", "wait")` or `("p", "due")`; empty when it is about the
    whole.
    """
    _steps, _dot, rest = error.field.partition(".")
    number, _dot, field = rest.partition(".")
    name = _FIELD_OF.get(field.rpartition(".")[2], "channel")
    if not number.isdigit():
        return "", ""
    return ("p", name) if name in PERSON_FIELDS else (number, name)


def what_is_wrong(error: BadInput) -> str:
    """The error in the words of the form: step, field, what was typed, what is allowed."""
    row, name = place_of(error)
    text = error.message_en if fmt.in_english() else error.message_zh
    if not row:
        return text
    labels = {
        "channel": _("渠道"), "wait": _("等多久再走下一步"), "not_before": _("不早于几点"), "after": _("应通知后满几分钟"),
        "condition": _("什么时候走这一步"), "within": _("几分钟内未发出就不发"), "queue": _("队列"), "due": _("多久内处理"),
    }  # fmt: skip
    values = {
        "step": _("最后一步") if row == "p" else _("第 %(n)s 步") % {"n": row}, "field": labels[name],
        "value": error.value, "allowed": error.allowed,
    }  # fmt: skip
    return _("%(step)s“%(field)s”：填的是 %(value)s，应为 %(allowed)s") % values


def section(name: str, labels: Mapping[str, str], rows: Sequence[Row]) -> str:
    """The journey as a section of journeys.toml."""
    lines = [
        f"[{name}]",
        *(f"{key} = {quoted(labels[key])}" for key in ("label_zh", "label_en")),
        "steps = [",
    ]
    lines += [f"  {_inline(row)}," for row in data_of(rows)]
    return "\n".join([*lines, "]"])


def _inline(row: Mapping[str, Any]) -> str:
    parts = [f"{key} = {_value(value)}" for key, value in row.items()]
    return "{ " + ", ".join(parts) + " }"


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return _inline(value)
    return str(value) if isinstance(value, int) else quoted(str(value))
