"""The schedule: the week and the day of calendars, booking, moving and blocking in it, and the day's list."""
