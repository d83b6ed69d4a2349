"""Tokens of the links in messages: made, hashed, recognised (docs/rules.md 5)."""

from myosotis.links.tokens import Purpose, hash_token, looks_like_token, matches, token

__all__ = ["Purpose", "hash_token", "looks_like_token", "matches", "token"]
