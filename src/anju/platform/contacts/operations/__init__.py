"""Every write of contacts."""

from anju.platform.contacts.governor import ask, reserve, reserve_many
from anju.platform.contacts.operations.addresses import (
    mark_addresses,
    set_addresses_many,
    verify_address,
    verify_addresses,
)
from anju.platform.contacts.operations.flags import flag, unflag
from anju.platform.contacts.operations.ledger import (
    expire,
    finish,
    finish_many,
    log_inbound,
    log_outbound,
    settle,
    void,
    void_many,
)
from anju.platform.contacts.operations.overrides import (
    override_ask,
    override_grant,
    override_refuse,
    overrides_expire,
)
from anju.platform.contacts.operations.parties import (
    AgencyNotEngaged,
    agency_assign,
    agency_end,
    agency_engage,
    agency_withdraw,
    third_party_name,
    third_party_remove,
)
from anju.platform.contacts.operations.statements import (
    Wanted,
    appoint,
    appointment_cancel,
    consent_state,
    hours_set,
)
from anju.platform.contacts.rows import (
    ContactNotOpen,
    ContactRefused,
    OverrideRejected,
    ReasonMissing,
    Reserved,
)

__all__ = [
    "AgencyNotEngaged", "ContactNotOpen", "ContactRefused", "OverrideRejected", "ReasonMissing", "Reserved", "Wanted",
    "agency_assign", "agency_end", "agency_engage", "agency_withdraw", "appoint", "appointment_cancel", "ask",
    "consent_state", "expire", "finish", "finish_many", "flag", "hours_set", "log_inbound", "log_outbound",
    "mark_addresses", "override_ask", "override_grant", "override_refuse", "overrides_expire", "reserve",
    "reserve_many", "set_addresses_many", "settle", "third_party_name", "third_party_remove", "unflag",
    "verify_address", "verify_addresses", "void", "void_many",
]  # fmt: skip
