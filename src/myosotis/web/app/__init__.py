"""The patient's app: an installable page for everybody who joined on one phone (docs/rules.md 5)."""
