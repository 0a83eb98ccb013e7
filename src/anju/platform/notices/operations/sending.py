"""Claim short, call outside, record short (house rule 5).

1. `claim`: queued attempts become in_flight, with their text, their slot in the contact ledger and an end to the claim;
   committed. 2. `_call`: the channel port, with no transaction open. 3. `record`: what it answered, under lock.
Killed between 1 and 3, an attempt is found by `sweep`: in doubt. It is sent again under the same key only on a port
where the same key twice is one message (S2-03).
"""

import logging
import time
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from anju.platform.notices import config
from anju.platform.notices.models import Provider
from anju.platform.notices.operations import metering
from anju.platform.notices.operations.claiming import claim, due_lanes
from anju.platform.notices.operations.recording import Outcome, record
from anju.platform.notices.ports import (
    BulkPort,
    InDoubt,
    Message,
    NotTried,
    Port,
    Ports,
    Rejected,
    Submitted,
    every,
)
from anju.platform.notices.providers import rules
from anju.platform.notices.rows import Sent

BATCH_MAX = 500
UNAVAILABLE_MAX = 3
"""So many refused connections in a row, and the rest of a batch is put back untouched."""
LANES = (0, 1, 2)
BULK_UNIT = 100
"""A port that takes many at once may take as long for so many as another for one."""

logger = logging.getLogger(__name__)


def send(*, at: datetime, limit: int = 200, ports: Ports, lanes: Sequence[int] = LANES) -> Sent:
    """Send up to `limit` queued attempts on each channel there is a port for, urgent ones first; counts over all.

    The first provider of a channel that may be given messages gets them; one whose breaker is open, that is throttled
    or has used its quota is passed over. When none may be given any, attempts wait, and no try is used up.
    Must be called outside any transaction: the claim commits before a provider is called.
    """
    total: Counter[str] = Counter()
    wanted = due_lanes([channel for channel in ports if ports[channel]], at=at)
    if not wanted:
        return Sent()
    states = metering.look([port.name for port in every(ports)], at=at)
    for channel in sorted({channel for channel, _ in wanted}):
        left = min(limit, BATCH_MAX)
        for lane in lanes:
            if (channel, lane) in wanted and left > 0:
                done = _send_lane(ports[channel], states, lane, at=at, limit=left)
                total += done
                left -= done["claimed"] + done["refused"]
    return Sent(**total)


def _send_lane(
    ports: Sequence[Port], states: dict[str, Provider], lane: int, *, at: datetime, limit: int
) -> Counter[str]:
    total: Counter[str] = Counter()
    claim_ends_at = at + config.limits().claim
    for port in ports:
        want = limit - total["claimed"] - total["refused"]
        state = states[port.name]
        granted = metering.grant(state, lane=lane, want=want, at=at, claim_ends_at=claim_ends_at)
        if granted == 0:
            continue
        others = [other for other in ports if other is not port]
        claimed = claim(port, others, lane=lane, at=at, limit=granted)
        metering.give_back(state, granted - len(claimed.messages), at=at)
        total["claimed"] += len(claimed.messages)
        total["refused"] += claimed.refused
        if claimed.messages:
            total += _deliver(port, state, claimed.messages, at=at)
        elif state.breaker != "closed":
            metering.release_probe(state, at=at)
    return total


def _deliver(port: Port, state: Provider, messages: Sequence[Message], *, at: datetime) -> Counter[str]:
    """Call and record one batch, and tell the breaker how it went."""
    outcomes, heard = _call(port, messages)
    counts = record(port, list(zip(messages, outcomes, strict=True)), at=at)
    metering.report(state.id, port.name, heard, at=at)
    return counts


def _call(port: Port, messages: Sequence[Message]) -> tuple[list[Outcome], metering.Heard]:
    """Hand the messages over; nothing here touches our own rows. One outcome per message, and what it says of the port."""
    slow = rules(port.name).slow.total_seconds()
    began = time.monotonic()
    if isinstance(port, BulkPort):
        outcomes = _in_bulk(port, messages)
        slow_ones = (
            len(messages) if time.monotonic() - began > slow * max(1, len(messages) // BULK_UNIT) else 0
        )
    else:
        outcomes, slow_ones = _one_by_one(port, messages, slow)
    outcomes = _spared(outcomes)
    answered = [outcome for outcome in outcomes if not isinstance(outcome, NotTried)]
    doubtful = sum(isinstance(outcome, InDoubt) for outcome in answered)
    down = sum(isinstance(outcome, Rejected) and outcome.error_class == "unavailable" for outcome in answered)
    untried = len(outcomes) - len(answered)
    heard = metering.Heard(
        calls=len(outcomes),
        failures=min(len(outcomes), max(doubtful + down + untried, slow_ones)),
        throttled=sum(
            isinstance(outcome, Rejected) and outcome.error_class == "throttled" for outcome in answered
        ),
        submitted=sum(isinstance(outcome, Submitted) for outcome in answered),
        rejected=sum(isinstance(outcome, Rejected) for outcome in answered),
        in_doubt=doubtful,
    )
    return outcomes, heard


def _in_bulk(port: BulkPort, messages: Sequence[Message]) -> list[Outcome]:
    try:
        outcomes = list(port.send_many(messages))
    except Exception as error:  # whatever a port does not foresee leaves every message of it in doubt
        logger.exception("port %s", port.name)
        return [InDoubt(f"{type(error).__name__}")] * len(messages)
    if len(outcomes) != len(messages):
        logger.error("port %s: %d outcomes for %d messages", port.name, len(outcomes), len(messages))
        return [InDoubt("as many outcomes as messages are needed")] * len(messages)
    return outcomes


def _one_by_one(port: Port, messages: Sequence[Message], slow: float) -> tuple[list[Outcome], int]:
    """A provider that is down, or so slow that the claim would run out, is not given the rest."""
    outcomes: list[Outcome] = []
    down = slow_ones = 0
    stop = time.monotonic() + config.limits().claim / timedelta(seconds=2)
    for message in messages:
        began = time.monotonic()
        if down >= UNAVAILABLE_MAX or began > stop:
            outcomes.append(NotTried("unavailable"))
            continue
        outcome = _hand_over(port, message)
        down = down + 1 if isinstance(outcome, Rejected) and outcome.error_class == "unavailable" else 0
        slow_ones += time.monotonic() - began > slow
        outcomes.append(outcome)
    return outcomes, slow_ones


def _spared(outcomes: list[Outcome]) -> list[Outcome]:
    """Where a provider is down, the first few refusals are kept as tries; the others were not really tried."""
    spared: list[Outcome] = []
    down = 0
    for outcome in outcomes:
        if isinstance(outcome, Rejected) and outcome.error_class == "unavailable":
            down += 1
            if down > UNAVAILABLE_MAX:
                outcome = NotTried("unavailable")
        spared.append(outcome)
    return spared


def _hand_over(port: Port, message: Message) -> Outcome:
    try:
        return port.send(message)
    except (Rejected, InDoubt, NotTried) as answer:
        return answer
    except Exception as error:  # unforeseen: it may have been taken before it broke
        logger.exception("port %s attempt %s", port.name, message.attempt_id)
        return InDoubt(type(error).__name__)
