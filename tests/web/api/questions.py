"""One answered question of each kind, as JSON would send it."""

from typing import Any

LOAN: dict[str, Any] = {"principal": "1000000", "rate": "3.5", "months": 360, "start": "2026-03-10"}
AS_OF = {"as_of": "2026-09-30"}
QUESTIONS: dict[str, dict[str, Any]] = {
    "schedule": LOAN | AS_OF | {"event": ["prepay:2028-03-20:100000:shorten", "rate:2030-01-01:3.3"]},
    "compare": {
        "principal": "1000000",
        "months": [240, 360],
        "lpr_spread_bp": -45,
        "fund_limit": "600000",
        "income": "30000",
        "price": "1400000",
        "area": "89.5",
        "fee": ["appraisal:1500"],
        **AS_OF,
    },
    "prepay": LOAN | AS_OF | {"on": "2028-03-20", "amount": "100000", "penalty": ["36:1%"]},
    "afford": {
        "born": "1990-05-01",
        "income": "25000",
        "rate": "3.05",
        "price": "3000000",
        "down": "900000",
        "savings": "900000",
        "months": 300,
        "person": ["role=spouse,born=1992-02-03,income=12000"],
        **AS_OF,
    },
    "split": {"principal": "1500000", "months": 360, "rate": "3.05", "fund_limit": "800000", **AS_OF},
    "explain": LOAN | AS_OF | {"seq": 25},
    "rate": {
        "start": "2020-05-25",
        "months": 360,
        "lpr_spread_bp": "55",
        "spread_change": ["2024-10-25:-30"],
        "on": "2026-03-01",
        **AS_OF,
    },
}


def texts(question: dict[str, Any]) -> dict[str, str | list[str]]:
    """The question as the command line and the core take it."""
    return {
        name: [str(each) for each in value] if isinstance(value, list) else str(value)
        for name, value in question.items()
    }


def options(question: dict[str, Any]) -> list[str]:
    """The question as options of the command line."""
    found = []
    for name, value in texts(question).items():
        for each in [value] if isinstance(value, str) else value:
            found += [f"--{name.replace('_', '-')}={each}"]
    return found
