"""Opinions: what patients said, publishing, keeping back by a stated rule, answering."""
