"""How people are reached: addresses and their health, the ledger of every contact, the governor, stop flags."""
