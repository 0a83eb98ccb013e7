"""The people of the simulated world: answers depend on the seed and on names only, and look like people."""

from collections import Counter
from datetime import date, datetime, timedelta

from anju.adapters.simulated.world import CHARACTERS, MILLION, Debt, Dice, People, awake
from anju.core.working_time import BANK_ZONE
from anju.site.demo.desk import unknown_kinds

BORN_ON = date(2026, 8, 24)
PEOPLE = People(Dice(1), BORN_ON)
NUMBERS = [f"SF{number:011d}" for number in range(2000)]


def test_the_same_words_give_the_same_number_in_any_order() -> None:
    dice = Dice(7)
    first = [dice.below(1000, "a", number) for number in range(50)]
    assert [Dice(7).below(1000, "a", number) for number in reversed(range(50))] == first[::-1]
    assert [Dice(8).below(1000, "a", number) for number in range(50)] != first


def test_shares_are_met() -> None:
    found = Counter(PEOPLE.character(number) for number in NUMBERS)
    for name, ppm in CHARACTERS.items():
        assert abs(found[name] / len(NUMBERS) - ppm / MILLION) < 0.03, name


def test_most_pay_on_the_day_and_nobody_pays_without_owing() -> None:
    due_on = BORN_ON + timedelta(days=40)
    on_the_day = sum(PEOPLE.pays_fen(Debt(number, None, 0, due_on, 500), due_on) == 500 for number in NUMBERS)
    assert 0.75 < on_the_day / len(NUMBERS) < 0.95
    early = [
        PEOPLE.pays_fen(Debt(number, None, 0, due_on, 500), due_on - timedelta(days=1)) for number in NUMBERS
    ]
    assert set(early) == {0}
    covered = [PEOPLE.pays_fen(Debt(number, None, 0, due_on, 0), due_on) for number in NUMBERS]
    assert set(covered) == {0}


def test_some_never_pay_and_no_payment_is_more_than_the_debt() -> None:
    due_on = BORN_ON + timedelta(days=40)
    never = 0
    for number in NUMBERS:
        paid = [
            PEOPLE.pays_fen(Debt(number, due_on, 900, None, 0), due_on + timedelta(days=day))
            for day in range(1, 61)
        ]
        assert max(paid) <= 900
        never += not any(paid)
    assert 10 < never < 120


def test_a_promise_is_paid_in_full_on_its_day_or_the_one_before_or_not_at_all() -> None:
    promised_on = BORN_ON + timedelta(days=50)
    kept = 0
    for number in NUMBERS:
        debt = Debt(number, promised_on - timedelta(days=9), 900, None, 0, 700, promised_on)
        paid = [PEOPLE.pays_fen(debt, promised_on + timedelta(days=day)) for day in range(-5, 3)]
        assert sorted(set(paid) - {0}) in ([], [700])
        assert sum(fen > 0 for fen in paid) <= 1
        kept += any(paid)
    assert 0.6 < kept / len(NUMBERS) < 0.97


def test_nobody_confirms_at_night() -> None:
    sent_at = datetime(2026, 9, 1, 20, 10, tzinfo=BANK_ZONE)
    found = [PEOPLE.confirms_at(number, "reminder_5", "inbox", sent_at) for number in NUMBERS]
    hours = {at.astimezone(BANK_ZONE).hour for at in found if at is not None}
    assert hours <= set(range(7, 23))
    assert all(at > sent_at for at in found if at is not None)
    assert 0.4 < sum(at is not None for at in found) / len(NUMBERS) < 0.7


def test_awake_moves_the_night_to_the_morning() -> None:
    late = datetime(2026, 9, 1, 23, 30, tzinfo=BANK_ZONE)
    assert awake(late, 5) == datetime(2026, 9, 2, 7, 25, tzinfo=BANK_ZONE)
    early = datetime(2026, 9, 2, 3, 0, tzinfo=BANK_ZONE)
    assert awake(early, 0) == datetime(2026, 9, 2, 7, 20, tzinfo=BANK_ZONE)


def test_staff_knows_what_to_do_with_every_kind_of_work() -> None:
    assert unknown_kinds() == frozenset()
