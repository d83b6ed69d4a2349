"""Files into plain values, with a report row by row: CSV, iCalendar. No Django, no clock."""
