"""Dispatch: claim, check, render, send, record; rescue, expire, prune. Each duty is a file; `loop` is the table of contents."""
