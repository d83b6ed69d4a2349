"""Doors: signing in, a second factor, invitations, passwords, one's own account."""
