"""The proof that tasks and graders can be trusted: every task is solved, solved otherwise, spoilt and attacked."""
