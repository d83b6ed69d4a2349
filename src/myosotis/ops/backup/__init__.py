"""One file with everything that an installation needs to stand up again, and bringing it back (docs/operating.md)."""
