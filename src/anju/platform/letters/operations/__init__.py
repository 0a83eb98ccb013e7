"""Every write of letters."""

from anju.platform.letters.operations.batching import batch_file, make_batches
from anju.platform.letters.operations.erasing import purge
from anju.platform.letters.operations.returning import returns_read
from anju.platform.letters.operations.taking import take_many

__all__ = ["batch_file", "make_batches", "purge", "returns_read", "take_many"]
