"""Who signs in to the database in these tests, as the processes of an installation do."""

from typing import Final

from myosotis.store.apart.words import DISPATCHER, WEB

USERS: Final = {
    "test_web": ("test_web_password", WEB),
    "test_dispatcher": ("test_dispatcher_password", DISPATCHER),
}
