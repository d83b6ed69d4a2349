"""What an SMTP server's answer means for the address and for us: basic codes and enhanced codes (RFC 5321, RFC 3463)."""

import re

TAKEN = range(200, 300)
GOING_ON = range(200, 400)
FOR_NOW = range(400, 500)
FOR_GOOD = range(500, 600)
ENHANCED = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
DEAD = {(1, 0), (1, 1), (1, 2), (1, 3), (1, 6), (1, 10), (2, 1)}
"""Subject and detail of codes that say: this mailbox does not exist, moved away or is switched off. 1.7 and 1.8 are of
the *sender's* address, 2.2 is a full mailbox, 7.x is policy: none of them says anything about the patient's address."""
MAILBOX_CODES = {550, 551, 553}
NOT_THE_MAILBOX = re.compile(
    r"relay|spam|block|black|polic|denied|authent|reputation|rate|quota|full|spf|dkim|dmarc|sender", re.IGNORECASE
)
"""Old servers answer 550 to everything; an answer with such a word is not about the mailbox."""


def enhanced_code(text: str) -> str:
    """The first enhanced status code in an answer, such as 5.1.1, or nothing."""
    found = ENHANCED.search(text)
    return found.group(0) if found else ""


def is_dead(code: int, text: str) -> bool:
    """Whether an answer says that the address will never work. In doubt it does not: a dead mark stops all mail."""
    found = ENHANCED.search(text)
    if found:
        return found.group(1) == "5" and (int(found.group(2)), int(found.group(3))) in DEAD
    return code in MAILBOX_CODES and not NOT_THE_MAILBOX.search(text)


def detail(code: int, text: str) -> str:
    """What the timeline may show: codes only. The text of an answer often repeats the address."""
    enhanced = enhanced_code(text)
    return f"SMTP {code} {enhanced}".rstrip()
