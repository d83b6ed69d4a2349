"""The message table as the queue of dispatchers: claim, record, release, rescue, expire; set-based on both databases.

Order of locks, everywhere: first visits in the order of their ids, then messages in the order of theirs. Only `claim`
takes messages alone, and skips those that somebody else has.
"""
