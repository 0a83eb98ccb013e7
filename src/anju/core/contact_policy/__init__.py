"""May we contact this person now, by this channel, for this purpose? (design, spine 3; facts section 7; S1-06, S3-14)

Conservative reading of the limits, all of them dated policy parameters with their document:

- *Window* 08:00-22:00 in the person's local time for every channel that disturbs, whatever the purpose; 22:00 itself is
  outside. Hours the person prefers narrow it, hours agreed with the person widen it, special care makes it 09:00-20:00.
- *Caps* over all numbers, loans, purposes, channels and agencies, in local days, today included: tight ones for
  collection and for calls of any purpose (3 tries and 1 talk a day, and weekly ones), wide ones for everything that
  disturbs but what is owed as service, own ones for follow-up, survey and marketing, gentle ones for special care.
  What the person began, or asked for a moment ago, does not count.
- *Cool-downs* after a try that nobody answered, after a talk, after a refusal.
- *Consent and refusal* per purpose and channel; *flags* stop purposes, the inbox included; after a death only service,
  in writing or to the contact of the estate.
- *Third parties*: a call that asks for a call back, if the debtor named them and they agreed; 1 a day, 3 in all.
- *Agencies*: only under a contract in force, for its purpose, under the same caps.
- An *appointment* is an invitation: it opens its time for its purpose and channel. An *override* covers only what the
  policy lists as overridable, once.
- Inbox, e-mail and letter disturb nobody: no window, no common caps. An unknown channel disturbs.
"""

from anju.core.contact_policy.judge import allowed_after, decide, may_contact
from anju.core.contact_policy.rules import FLAGS, ContactRules
from anju.core.contact_policy.values import (
    NOTHING,
    REQUESTED,
    Appointment,
    Asked,
    Choice,
    ContactPast,
    FlagOn,
    History,
    Hours,
    Override,
    Party,
    Standing,
)

__all__ = [
    "FLAGS", "NOTHING", "REQUESTED", "Appointment", "Asked", "Choice", "ContactPast", "ContactRules", "FlagOn",
    "History", "Hours", "Override", "Party", "Standing", "allowed_after", "decide", "may_contact",
]  # fmt: skip
