"""What an import prints: a progress bar, the rows that were refused or flagged, and the sum. No patient data."""

import csv
import sys
from dataclasses import dataclass
from pathlib import Path

from myosotis.importing.report import Report
from myosotis.intake import problem_text

SHOWN = 20
WIDTH = 40


@dataclass(slots=True)
class PrintedReport(Report):
    """The report of a command."""

    def progress(self, done: int) -> None:
        """A bar on stderr, where a person looks on."""
        if not sys.stderr.isatty():
            return
        share = min(done / self.total, 1.0) if self.total else 1.0
        bar = "█" * int(share * WIDTH)
        end = "\n" if done >= self.total else ""
        print(f"\r{bar:░<{WIDTH}} {done}/{self.total}", end=end, file=sys.stderr, flush=True)

    def write(self, path: Path) -> None:
        """Every problem as a row that a spreadsheet opens."""
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            rows = csv.writer(file, delimiter=";")
            rows.writerow(["row", "field", "code", "refused", "text"])
            for one in self.problems:
                rows.writerow([one.row, one.field, one.code.value, one.is_error, problem_text(one, self.language)])

    def say(self, *, dry: bool, batch: str) -> None:
        if self.encoding:
            print(f"Read as {self.encoding}, {self.total} rows")
        for one in self.problems[:SHOWN]:
            print(problem_text(one, self.language))
        if len(self.problems) > SHOWN:
            print(f"... {len(self.problems) - SHOWN} more: --report FILE.csv has them all")
        blocked = f", {self.blocked} as blocked time" if self.blocked else ""
        print(
            f"{self.added} added, {self.changed} changed, {self.unchanged} unchanged{blocked}, {self.refused} left out"
        )
        if dry:
            print("Dry run: nothing was written")
            return
        print(f"Import {batch} (undo it with: myosotis import --undo {batch})")
