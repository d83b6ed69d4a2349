"""The public pages: a doctor's profile, free times, and booking without an account (docs/rules.md 5)."""
