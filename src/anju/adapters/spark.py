"""The portfolio on Spark (extra ``spark``): `projection.projecting.flows` through `mapInArrow`, and nothing else.

The executors need Anju and its base packages installed, no Django, no database; numba is used where they have it. Row
numbers in faults are those of a partition, not of the tape. Spark runs a Java of its own (17 or newer for Spark 4).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyspark.errors import PythonException
from pyspark.sql import SparkSession
from pyspark.sql import functions as sql

from anju.contexts.servicing.projection import projecting
from anju.contexts.servicing.projection.projecting import FLOWS, LOANS, Scenario

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


class ClusterRefused(Exception):
    """A worker refused the tape or broke; the texts carry the last line of what it said."""

    def __init__(self, said: str) -> None:
        self.message_zh = f"Spark 任务失败：{said}"
        self.message_en = f"the Spark job failed: {said}"
        super().__init__(said)


_SCHEMAS = {
    "month": ", ".join(f"{name} long" for name in FLOWS.names),
    "loan": ", ".join(f"{name} {'string' if name == 'loan_no' else 'long'}" for name in LOANS.names),
}
COLLECTED_ROWS = 65_536


def flows(tape: Path, scenario: Scenario, spark: SparkSession | None = None) -> Iterator[pa.RecordBatch]:
    """A Parquet or UTF-8 CSV tape projected by a cluster; batches of FLOWS summed by month, or of LOANS.

    `spark`: a session that exists; None: the one that the surroundings configure (`spark-submit`), or a local one.
    """
    session = spark or session_here()
    asked = frame(session, tape, scenario)
    if scenario.by == "month":
        sums = [sql.sum(name).alias(name) for name in FLOWS.names[1:]]
        asked = asked.groupBy("month").agg(*sums)
    names = (LOANS if scenario.by == "loan" else FLOWS).names
    try:
        yield from _batches(asked.toLocalIterator(), names, LOANS if scenario.by == "loan" else FLOWS)
    except PythonException as problem:
        said = [line for line in str(problem).splitlines() if line.strip() and not line.startswith(" ")]
        raise ClusterRefused(said[-1][:300] if said else "?") from problem


def session_here() -> SparkSession:
    """The session of the surroundings, or a local one on all processors, with this Python for its workers."""
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder: Any = SparkSession.builder
    made: SparkSession = builder.appName("anju portfolio").getOrCreate()
    return made


def frame(session: SparkSession, tape: Path, scenario: Scenario) -> DataFrame:
    """The data frame of FLOWS or LOANS of a tape, lazy. A cluster must be able to open the path."""
    if tape.suffix.lower() == ".parquet":
        rows = session.read.parquet(str(tape))
    else:
        rows = session.read.csv(str(tape), header=True, inferSchema=False)
    return rows.mapInArrow(partial(_mapped, scenario), _SCHEMAS[scenario.by])


def _mapped(scenario: Scenario, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """What an executor runs."""
    return projecting.flows(scenario, batches)


def _batches(rows: Iterable[Any], names: list[str], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    held: list[dict[str, Any]] = []
    for row in rows:
        held.append({name: row[name] for name in names})
        if len(held) == COLLECTED_ROWS:
            yield pa.RecordBatch.from_pylist(held, schema=schema)
            held = []
    if held:
        yield pa.RecordBatch.from_pylist(held, schema=schema)
