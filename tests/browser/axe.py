"""What axe finds on a page as the browser shows it.

Only what is wrong comes back from the browser, as text: all that axe says of what is right, node by node, took longer to
carry over than to find.
"""

from axe_core_python.base import AXE_SCRIPT
from playwright.sync_api import Page

OURS = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
"""WCAG 2.2 AA and good practice."""
RUN = """async (rules) => {
    const { violations } = await axe.run(document, { ...rules, resultTypes: ["violations"] });
    return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html} ${node.failureSummary}`));
}"""


def violations(page: Page) -> list[str]:
    """One text for each thing on the page that breaks a rule: the rule, the element, and how to mend it."""
    if page.evaluate("!window.axe"):
        page.evaluate(AXE_SCRIPT)
    found: list[str] = page.evaluate(RUN, OURS)
    return found
