"""Policy-change holds 政策搁置: many cases wait for one reason, everybody is told, clocks stand still (S2-05)."""
