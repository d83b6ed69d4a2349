"""The names that the database knows: of the roles, of the variable that says whose rows, of the policies."""

from typing import Final

WEB: Final = "myosotis_web"
"""What the web may do: within the practices that a statement names."""
SEVERAL: Final = "myosotis_several"
"""The same where a statement names more than one."""
ACROSS: Final = "myosotis_across"
"""What the web may look up before it knows the practice."""
DISPATCHER: Final = "myosotis_dispatcher"
"""What the dispatcher may do, in all practices."""
GROUPS: Final = (WEB, SEVERAL, ACROSS, DISPATCHER)
"""Nobody signs in as one of these; the users of the processes are their members."""

VARIABLE: Final = "myosotis.practices"
"""Lives for one transaction: the ids of the practices in reach, written as an array; unset: none."""
IN_REACH: Final = f"NULLIF(current_setting('{VARIABLE}', true), '')::bigint[]"
