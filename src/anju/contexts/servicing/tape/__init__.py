"""Files that banks hand in: what columns they may have, how they are read, how each value is checked. No database."""
