"""Patients: looking for them, their cards, doubles, export and erasing."""
