"""The desk's read model: one statement a page where a page joins what several contexts own, so that a page costs a fixed,
small number of queries however much it shows. Reading only, plain columns only (nothing encrypted); writes go through the
operations of their owners, and whatever a context's ``queries`` answer by themselves is asked there."""
