"""Why a day cannot be closed. Each error has a Chinese and an English text."""

from datetime import date


class DayEndRefused(Exception):
    """Base: nothing was changed."""

    def __init__(self, message_zh: str, message_en: str) -> None:
        self.message_zh = message_zh
        self.message_en = message_en
        super().__init__(message_zh, message_en)

    def __str__(self) -> str:
        return f"{self.message_zh} / {self.message_en}"


class NoLoans(DayEndRefused):
    """There is no loan, so there is no first business day."""

    def __init__(self) -> None:
        super().__init__(
            "还没有贷款，没有可以日终的营业日；请先导入贷款：anju import loans 文件",
            "there is no loan yet, so there is no day to close; first import loans: anju import loans FILE",
        )


class DayNotNext(DayEndRefused):
    """Days are closed in order, none is left out."""

    def __init__(self, on: date, expected_on: date, last_on: date | None) -> None:
        self.on, self.expected_on, self.last_on = on, expected_on, last_on
        after_zh = f"最后完成的是 {last_on}" if last_on else "还没有完成过日终"
        after_en = f"the last closed day is {last_on}" if last_on else "no day is closed yet"
        super().__init__(
            f"不能对 {on} 做日终：{after_zh}，下一天应为 {expected_on}",
            f"{on} cannot be closed: {after_en}, the next one must be {expected_on}",
        )


class DayEndBusy(DayEndRefused):
    """Another process is closing a day."""

    def __init__(self) -> None:
        super().__init__("另一个日终正在进行，请稍候再试", "another day end is running; try again later")


class TooManyDays(DayEndRefused):
    """A catch-up this long needs to be asked for."""

    def __init__(self, first_on: date, on: date, days: int, most: int) -> None:
        self.days = days
        super().__init__(
            f"从 {first_on} 到 {on} 共 {days} 天，超过一次补跑的上限 {most} 天；确认后请加 --yes-many-days",
            f"{first_on} to {on} is {days} days, more than {most} at once; if this is meant, add --yes-many-days",
        )


class DayInFuture(DayEndRefused):
    """A day that has not come cannot be closed in production."""

    def __init__(self, on: date, today: date) -> None:
        super().__init__(
            f"{on} 还没有到（今天是 {today}），生产环境不能提前做日终",
            f"{on} has not come yet (today is {today}); production does not close days ahead",
        )
