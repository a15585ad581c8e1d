"""Lindenhof Library: a lending library, as a second company. docs/new-company.md goes through it file by file."""
