"""Telefon pacjenta: what each demo patient received, as on a phone, with the clock in the hand."""
