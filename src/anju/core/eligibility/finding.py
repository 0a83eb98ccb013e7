"""A finding: what one rule says of an application, worded to be read aloud, with the document it rests on."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from anju.core.basis import basis_en, basis_zh
from anju.core.cities import City
from anju.core.policy import PolicyTable
from anju.core.verdict import Reason, Verdict

Outcome = Literal["pass", "amber", "review", "refuse"]
_RANK: dict[Outcome, int] = {"pass": 0, "amber": 1, "review": 2, "refuse": 3}


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of a date: dated parameters, and the city's rows if the city is known."""

    policy: PolicyTable
    on: date
    city: City | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule says. pass; amber: allowed, but say so; review: a person decides; refuse.

    `code` is stable. `zh` and `en` are whole sentences without the document.
    """

    code: str
    outcome: Outcome
    zh: str
    en: str
    document: str

    @property
    def reason(self) -> Reason:
        """The sentence with its basis: "……（依据：金规〔2026〕5号第10条）"."""
        if not self.document:
            return Reason(self.code, self.zh, self.en)
        return Reason(
            self.code,
            f"{self.zh}（依据：{basis_zh(self.document)}）",
            f"{self.en} (basis: {basis_en(self.document)})",
        )


@dataclass(frozen=True, slots=True)
class Eligibility:
    """All findings on a date under one version of the policy."""

    on: date
    policy_version: str
    findings: tuple[Finding, ...]

    @property
    def outcome(self) -> Outcome:
        """The worst of all findings."""
        return max((finding.outcome for finding in self.findings), key=_RANK.__getitem__, default="pass")

    @property
    def ok(self) -> bool:
        """Whether nothing refuses and nothing needs a person."""
        return self.outcome in ("pass", "amber")

    @property
    def verdict(self) -> Verdict:
        """The findings that matter, worst first; all of them when nothing stands against the application."""
        against = [finding for finding in self.findings if finding.outcome != "pass"]
        told = sorted(against, key=lambda each: -_RANK[each.outcome]) or list(self.findings)
        return Verdict(self.ok, tuple(finding.reason for finding in told), self.policy_version)

    def of(self, code: str) -> Finding | None:
        """The first finding with a code, if any."""
        return next((finding for finding in self.findings if finding.code == code), None)

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of the findings that are not passes, in order."""
        return tuple(finding.code for finding in self.findings if finding.outcome != "pass")


def yuan(fen: int) -> str:
    """An amount for a sentence: 1,234,567.89 with the decimals only when there are any."""
    whole, cents = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{whole:,}" + (f".{cents:02d}" if cents else "")


def years_text(months: int) -> tuple[str, str]:
    """Months for a sentence: (23 年, 23 years), (23 年 4 个月, 23 years 4 months), (5 个月, 5 months)."""
    years, rest = divmod(months, 12)
    zh = " ".join(part for part in (f"{years} 年" if years else "", f"{rest} 个月" if rest else "") if part)
    en = " ".join(
        part for part in (f"{years} years" if years else "", f"{rest} months" if rest else "") if part
    )
    return zh or "0 个月", en or "0 months"
