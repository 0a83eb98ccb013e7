"""Changes of the spread and of the repricing cycle by agreement: who may, from when, and down to where.

Facts section 1: 2023-09-25 first-home loans, not below the city's first-home floor when the loan was granted;
2024-10-25 the batch to -30 bp, not below a city floor; from 2024-11-01 negotiation when the spread is more than
30 bp away from the average of new loans; 2026-08-27 change or replacement at the borrower's choice
(银发〔2026〕171号 Art.24). All figures are policy rows.
"""

from dataclasses import dataclass
from datetime import date

from anju.core.basis import basis_en, basis_zh
from anju.core.basis_points import signed_bp
from anju.core.checks import bad
from anju.core.cities import City, Home
from anju.core.money import PPM_PER_BP
from anju.core.policy import PolicyTable
from anju.core.rates.terms import RateTerms
from anju.core.verdict import Reason, Verdict

_FIRST = "existing_first_home_mortgage"
_ANY = "existing_mortgage"


@dataclass(frozen=True, slots=True)
class Floor:
    """The lowest spread that counts on a date in ppm, None when there is none, and where it stands."""

    spread_ppm: int | None
    document: str


def spread_floor(policy: PolicyTable, home: Home, on: date, city: City | None = None) -> Floor:
    """The higher of the national and the city floor in force on a date. `Floor(None, "")`: none is known."""
    scope = f"commercial_mortgage_{home}_home"
    floor = Floor(None, "")
    if policy.has("rate_floor_spread_bp", scope, on):
        row = policy.row("rate_floor_spread_bp", scope, on)
        floor = Floor(None if row.value == "none" else int(row.value) * PPM_PER_BP, row.document)
    local = city.rate_floor(home, on) if city else None
    if local is None or local.spread_ppm is None:
        return floor
    if floor.spread_ppm is None or local.spread_ppm > floor.spread_ppm:
        return Floor(local.spread_ppm, local.document)
    return floor


@dataclass(frozen=True, slots=True)
class SpreadOffer:
    """Whether the spread may change now, and the lowest spread that may be agreed (None: no limit is set).

    `batch_ppm` is what the batch of 2024-10-25 moves the spread to, None before it or when nothing moves.
    """

    verdict: Verdict
    lowest_ppm: int | None
    batch_ppm: int | None


def spread_offer(
    spread_ppm: int,
    home: Home,
    granted_on: date,
    policy: PolicyTable,
    on: date,
    *,
    city: City | None = None,
    average_new_ppm: int | None = None,
) -> SpreadOffer:
    """What the rules of a date allow for an existing loan's spread.

    `average_new_ppm`: average spread of new loans as published, needed from 2024-11-01 to 2026-08-26 for
    negotiation. Raises BadInput for a date before the grant.
    """
    if on < granted_on:
        raise bad("on", on, f">= {granted_on}")
    floor_then = spread_floor(policy, home, granted_on, city)
    floor_now = _city_floor(home, on, city)
    if policy.has("existing_rate_adjustment_rule", _ANY, on):
        row = policy.row("existing_rate_adjustment_rule", _ANY, on)
        zh = "借款人可以选择变更合同利率，或者申请新发放贷款置换存量贷款。"
        en = "The borrower may choose a change of the rate or a replacement loan."
        return _offer(True, "spread_change_or_replace", zh, en, row.document, policy, floor_now)
    batch = _batch(spread_ppm, policy, on, floor_now)
    if policy.has("spread_renegotiation_trigger_bp", _ANY, on):
        return _negotiation(spread_ppm, policy, on, floor_now, average_new_ppm, batch)
    if home == "first" and policy.has("existing_rate_adjustment_rule", _FIRST, on):
        row = policy.row("existing_rate_adjustment_rule", _FIRST, on)
        if not floor_then.document:
            zh = f"发放日 {granted_on} 所在城市的首套利率下限未录入，请补录后再判断。"
            en = f"The first-home floor of {granted_on} is not loaded; load it before deciding."
            return _offer(False, "spread_floor_unknown", zh, en, row.document, policy, None, batch)
        may = floor_then.spread_ppm is None or spread_ppm > floor_then.spread_ppm
        zh = "首套房贷可以协商降低加点，不得低于发放时所在城市首套利率下限。"
        en = "A first-home loan may lower its spread, not below the city's first-home floor at grant."
        if not may:
            zh, en = (
                "加点已在发放时的首套利率下限，不能再降。",
                "The spread is at the floor at grant already.",
            )
        return _offer(may, "spread_change_2023", zh, en, row.document, policy, floor_then.spread_ppm, batch)
    if batch is not None:
        row = policy.row("existing_spread_batch_target_bp", _ANY, on)
        zh = f"批量调整：加点降至 {signed_bp(batch)} 个基点。"
        en = f"Batch adjustment: the spread moves to {signed_bp(batch)} bp."
        return _offer(True, "spread_batch_2024", zh, en, row.document, policy, batch, batch)
    zh, en = "加点在合同期内不变。", "The spread is fixed for the life of the contract."
    return _offer(False, "spread_fixed", zh, en, "PBOC公告〔2019〕16号", policy, None)


def cycle_allowed(terms: RateTerms, policy: PolicyTable, on: date) -> Verdict:
    """Whether a cycle may be agreed on a date: at least 12 months until 2024-10-31, then 3, 6 or 12; and not
    changed more often than allowed (once in a loan's life).
    """
    least = policy.row("repricing_cycle_min_months", "floating_mortgage", on)
    if policy.has("repricing_cycle_options_months", "floating_mortgage", on):
        row = policy.row("repricing_cycle_options_months", "floating_mortgage", on)
        options = [int(each) for each in row.value.split("|")]
    else:
        row, options = least, []
    cycles = [terms.cycle_months, *(change.cycle_months for change in terms.cycle_changes)]
    if any(months < int(least.value) for months in cycles) or (options and cycles[-1] not in options):
        allowed = "、".join(str(each) for each in options) or f"不短于 {least.value}"
        zh = f"重定价周期应为 {allowed} 个月（{basis_zh(row.document)}）。"
        en = f"The repricing cycle must be {row.value if options else 'at least ' + least.value} months."
        return Verdict(False, (Reason("repricing_cycle", zh, en),), policy.version)
    scope = ("repricing_cycle_changes_per_loan_life", "floating_mortgage")
    most = policy.integer(*scope, on) if policy.has(*scope, on) else 0
    if len(terms.cycle_changes) > most:
        zh = f"贷款存续期内重定价周期最多变更 {most} 次。"
        en = f"The repricing cycle may change at most {most} time(s) in the life of a loan."
        return Verdict(False, (Reason("repricing_cycle_changes", zh, en),), policy.version)
    return Verdict(True, (), policy.version)


def _city_floor(home: Home, on: date, city: City | None) -> int | None:
    row = city.rate_floor(home, on) if city else None
    return row.spread_ppm if row else None


def _batch(spread_ppm: int, policy: PolicyTable, on: date, floor_ppm: int | None) -> int | None:
    if not policy.has("existing_spread_batch_target_bp", _ANY, on):
        return None
    target = policy.integer("existing_spread_batch_target_bp", _ANY, on) * PPM_PER_BP
    target = target if floor_ppm is None else max(target, floor_ppm)
    return target if spread_ppm > target else None


def _negotiation(
    spread_ppm: int,
    policy: PolicyTable,
    on: date,
    floor_ppm: int | None,
    average_ppm: int | None,
    batch: int | None,
) -> SpreadOffer:
    row = policy.row("spread_renegotiation_trigger_bp", _ANY, on)
    if average_ppm is None:
        zh = "需要全国新发放房贷平均加点才能判断，请录入。"
        en = "The average spread of new loans is needed to decide; please load it."
        return _offer(False, "spread_average_missing", zh, en, row.document, policy, floor_ppm, batch)
    away = abs(spread_ppm - average_ppm) > int(row.value) * PPM_PER_BP
    gap = signed_bp(spread_ppm - average_ppm)
    zh = f"加点与全国新发放房贷平均加点相差 {gap} 个基点，{'超过' if away else '未超过'} {row.value} 个基点。"
    en = f"The spread is {gap} bp from the average of new loans, {'over' if away else 'within'} {row.value} bp."
    code = "spread_negotiable" if away else "spread_near_average"
    return _offer(away, code, zh, en, row.document, policy, floor_ppm, batch)


def _offer(
    ok: bool,
    code: str,
    zh: str,
    en: str,
    document: str,
    policy: PolicyTable,
    lowest: int | None,
    batch: int | None = None,
) -> SpreadOffer:
    reason = Reason(code, f"{zh}（依据：{basis_zh(document)}）", f"{en} (basis: {basis_en(document)})")
    return SpreadOffer(Verdict(ok, (reason,), policy.version), lowest, batch)
