"""Personel: who works in the practice, in which role, and who is invited."""
