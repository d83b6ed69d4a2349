"""Practices kept apart by the database itself: the second lock behind rows reached through their practice (docs/database.md)."""
