"""Every write of the loan ledger. Day operations are set-based and change nothing when run again for the same day."""

from anju.contexts.servicing.operations.ageing import arrears_age
from anju.contexts.servicing.operations.base import Counts
from anju.contexts.servicing.operations.billing import bills_issue
from anju.contexts.servicing.operations.change_refusals import ChangeRefused
from anju.contexts.servicing.operations.changes import change_post
from anju.contexts.servicing.operations.correcting import repricings_correct
from anju.contexts.servicing.operations.loading import loans_load
from anju.contexts.servicing.operations.loading_payments import payments_load
from anju.contexts.servicing.operations.posting import payments_post
from anju.contexts.servicing.operations.reports import ImportReport
from anju.contexts.servicing.operations.repricing import loans_reprice
from anju.contexts.servicing.operations.requesting import change_request

__all__ = [
    "ChangeRefused",
    "Counts",
    "ImportReport",
    "arrears_age",
    "bills_issue",
    "change_post",
    "change_request",
    "loans_load",
    "loans_reprice",
    "payments_load",
    "payments_post",
    "repricings_correct",
]
