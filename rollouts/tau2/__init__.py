"""tau2's tasks played and graded on our engine, and its recorded simulations as runs."""
