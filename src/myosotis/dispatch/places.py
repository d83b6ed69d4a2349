"""The places of a process: how many messages of all accounts together are under way, and whose turn is next."""

from myosotis.dispatch.line import Line


class Places:
    """So many hands at most, for all lines together. While they do not suffice, each line keeps no more than its even part."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._free = most
        self._waiting: dict[Line, None] = {}
        """Lines that could use more, in the order in which they came."""
        self._working: set[Line] = set()

    def take(self, line: Line, wanted: int) -> int:
        """How many of the places wanted the line gets now; it is thought of when others become free."""
        taken = max(min(wanted, self._free), 0)
        if taken:
            self._free -= taken
            self._working.add(line)
        if taken < wanted:
            self._waiting.setdefault(line)
        else:
            self._waiting.pop(line, None)
        return taken

    def owed_by(self, line: Line) -> bool:
        """Whether the line holds a place that is another's turn."""
        if not self._waiting:
            return False
        even = self._most / len(self._working | self._waiting.keys())
        return line.hands > even

    def leave(self, line: Line) -> Line | None:
        """Give one place back (`line.hands` says how many are left); the line whose turn it is now, if one waits."""
        self._free += 1
        if not line.hands:
            self._working.discard(line)
        first = next(iter(self._waiting), None)
        if first is not None:
            del self._waiting[first]
        return first
