"""Statistics: what months of calendars came to, as charts, tables and a file."""
