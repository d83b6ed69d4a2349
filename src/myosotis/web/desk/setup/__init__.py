"""The first set-up of a practice: one question group a page, to be skipped and resumed at will."""
