"""The engine's schedules against the oracle, fen for fen, for each kernel."""

import random

import pytest

from .against import book, engine_rows, expected
from .draws import conventions_of, loan

KERNELS = [
    "numpy",
    "numba",
]


@pytest.mark.parametrize("kernel", KERNELS)
def test_default_conventions(kernel: str) -> None:  # S4-006, S4-008
    rnd = random.Random(11)
    loans = [loan(rnd) for _ in range(150)]
    found = engine_rows(book(loans), kernel, chunk=64)  # type: ignore[arg-type]
    assert sorted(found) == list(range(len(loans)))
    for row, drawn in enumerate(loans):
        assert found[row] == expected(drawn), drawn


@pytest.mark.parametrize("kernel", KERNELS)
def test_every_convention(kernel: str) -> None:  # S4-006, S4-008
    rnd = random.Random(12)
    for _ in range(24):
        conventions = conventions_of(rnd)
        loans = [loan(rnd, months_max=30, **conventions) for _ in range(8)]
        found = engine_rows(book(loans), kernel)  # type: ignore[arg-type]
        for row, drawn in enumerate(loans):
            assert found[row] == expected(drawn), drawn
