"""Every command can be asked for its help by whoever has set nothing up yet."""

import subprocess
import sys

from myosotis.ops.cli import COMMANDS

ASK_ALL = """
import sys
from myosotis.ops import cli
for command in sys.argv[1:]:
    try:
        cli.main([command, "--help"])
    except SystemExit as ended:
        assert ended.code == 0, command
"""


def test_each_command_loads_before_the_settings_are_read() -> None:
    """In a process of its own: in that of the tests Django may be up already, and a command that needs it too soon loads."""
    done = subprocess.run([sys.executable, "-c", ASK_ALL, *COMMANDS], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert [name for name in COMMANDS if f"usage: myosotis {name} " not in done.stdout] == []
