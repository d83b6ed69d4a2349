"""Communication: the six switches of each calendar, what a change of them does, and what patients see on their phone."""
