"""Lekarz nieobecny: closing calendars, dealing with the visits in that time, and following who knows."""
