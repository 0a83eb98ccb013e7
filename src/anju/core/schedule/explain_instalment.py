"""The instalment and the principal of a period, explained from the state they are worked out from."""

from anju.core.schedule.due import Fortnightly
from anju.core.schedule.figures import (
    ARITHMETIC,
    CONTRACT,
    Figure,
    Input,
    Words,
    instalment_rounded,
    money,
    percent,
    yuan,
)
from anju.core.schedule.levelling import levelled
from anju.core.schedule.run import coming, regular_of
from anju.core.schedule.state import Loan, Pause, State
from anju.core.schedule.terms import Stage

NAME = Words("每期应还", "Instalment")
PART = Words("每期本金", "Principal part")
_LEVEL = Words(
    "等额本息，本金 × 月利率 × （1 + 月利率）的期数次方 ÷ （（1 + 月利率）的期数次方 - 1）",
    "level payment, principal x i x (1 + i)^n / ((1 + i)^n - 1), i = annual rate / 12",
)


_LEVEL_PERIODS = Words(
    "等额本息，本金 × 期利率 × （1 + 期利率）的期数次方 ÷ （（1 + 期利率）的期数次方 - 1）",
    "level payment, principal x i x (1 + i)^n / ((1 + i)^n - 1), i = annual rate x months of a period / 12",
)
_BY_DATES = Words(
    "等额本息，按各期实际天数折现后恰好等于本金的金额",
    "level payment, the amount whose instalments, discounted over the days periods have, are worth the principal",
)


def instalment_figure(loan: Loan, state: State, fixed: State) -> Figure | None:
    """The instalment a state has, from the state for which it was fixed; None when nothing is fixed."""
    stage = fixed.plan[0]
    if isinstance(stage, Pause) or stage.method == "interest_only" or not state.left:
        return None
    name = PART if stage.method == "level_principal" else NAME
    again = levelled(loan, fixed)
    if (again.instalment_fen, again.base_fen) != (fixed.instalment_fen, fixed.base_fen):
        formula = Words("保持原定金额不变", "kept as it was")
        return Figure(
            "instalment", name, state.instalment_fen, formula, yuan(state.instalment_fen), (), None, CONTRACT
        )
    n = max(stage.amortise_over or fixed.left, fixed.stage_left)
    inputs = (
        money("本金", "principal", fixed.balance_fen),
        Input("年利率", "annual rate", percent(fixed.rate_ppm)),
        Input("期数", "periods", str(n)),
    )
    formula, worked = _formula(stage, fixed, state, n)
    rounding = instalment_rounded(loan.conventions)
    if stage.method == "level_payment" and loan.conventions.levelling == "dates":
        formula, worked = _BY_DATES, yuan(state.instalment_fen)
    return Figure("instalment", name, state.instalment_fen, formula, worked, inputs, rounding, CONTRACT)


def _formula(stage: Stage, fixed: State, state: State, n: int) -> tuple[Words, str]:
    balance, value = yuan(fixed.balance_fen), yuan(state.instalment_fen)
    if isinstance(fixed.dues, Fortnightly):
        zh = "双周供，按剩余合同月数计算的月还款额的一半"
        return Words(zh, "fortnightly, half of the monthly amount over the months left"), value
    if stage.method == "level_principal":
        return Words(
            "等额本金，本金 ÷ 期数", "level principal, principal / periods"
        ), f"{balance} ÷ {n} = {value}"
    if stage.method == "stepped":
        return _stepped(stage, fixed, state)
    every = fixed.dues.every
    rate = f"i = {percent(fixed.rate_ppm)} ÷ 12{f' × {every}' if every > 1 else ''}; "
    if fixed.rate_ppm == 0:
        return Words(
            "利率为零，本金 ÷ 期数", "the rate is zero, principal / periods"
        ), f"{balance} ÷ {n} = {value}"
    return (
        _LEVEL if every == 1 else _LEVEL_PERIODS,
        f"{rate}{balance} × i × (1 + i)^{n} ÷ ((1 + i)^{n} - 1) = {value}",
    )


def _stepped(stage: Stage, fixed: State, state: State) -> tuple[Words, str]:
    """Base and steps; the base is the one with which the loan ends exactly."""
    steps = state.phase // stage.step_every - fixed.phase // stage.step_every
    zh = f"起始额使贷款恰好还清，每 {stage.step_every} 期递变一次"
    en = f"the base with which the loan ends exactly, one step every {stage.step_every} periods"
    step = f"{steps} × {yuan(stage.step_fen)}" if stage.step_fen else ""
    worked = (
        f"{yuan(fixed.base_fen)} + {step}"
        if step
        else f"{yuan(fixed.base_fen)} × (1 + {percent(stage.step_ppm)})^{steps}"
    )
    return Words(zh, en), f"{worked} = {yuan(state.instalment_fen)}"


def principal_figure(loan: Loan, state: State) -> Figure:
    """Principal of the coming instalment of a state."""
    principal, interest = regular_of(loan, state)
    kept = coming(loan, state)
    if kept[0] != principal:
        zh, en = (
            "月供不变，减去本期利息，不低于零",
            "the instalment as it is, less the interest of this period, not below zero",
        )
        worked = f"{yuan(state.instalment_fen + state.residue_fen)} - {yuan(kept[1])} = {yuan(kept[0])}"
        return Figure(
            "principal", Words("本金", "Principal"), kept[0], Words(zh, en), worked, (), None, CONTRACT
        )
    formula, worked = _principal(state, principal, interest)
    return Figure("principal", Words("本金", "Principal"), principal, formula, worked, (), None, ARITHMETIC)


def _principal(state: State, principal: int, interest: int) -> tuple[Words, str]:
    """Formula and numbers of a principal; `interest` is that of a whole period."""
    if state.left == 1:
        zh, en = "最后一期还清全部剩余本金", "the last instalment takes the whole balance"
        return Words(zh, en), yuan(principal)
    if isinstance(state.plan[0], Pause):
        return Words("延期还款期内不还本金", "no principal during the payment holiday"), yuan(0)
    if state.rule == "interest":
        return Words("本阶段只还利息", "interest only in this stage"), yuan(0)
    zh, en, parts = "每期固定本金", "the fixed principal part", [state.instalment_fen, state.residue_fen]
    if state.rule == "payment":
        zh, en = "每期应还减去整期利息", "the instalment less the interest of a whole period"
        parts.append(-interest)
    if sum(parts) != principal:
        zh, en = f"{zh}，不低于零且不高于剩余本金", f"{en}, not below zero or above the balance"
    return Words(zh, en), f"{_sum(parts)} = {yuan(principal)}"


def _sum(parts: list[int]) -> str:
    """Amounts with their signs: 4,490.45 - 2,802.73. Zeros are left out."""
    signed = [f"{'-' if fen < 0 else '+'} {yuan(abs(fen))}" for fen in parts[1:] if fen]
    return " ".join([yuan(parts[0]), *signed])
