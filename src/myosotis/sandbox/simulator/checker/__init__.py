"""Whether anything happened that must never happen (docs/rules.md 7, and what follows from 2 to 4).

It knows nothing of planning: it reads the tables, what the providers really took, and what people really did.
"""
