"""The judge: what code leaves open is put to a reader after the episode, from the log alone; docs/judge.md is the guide."""
