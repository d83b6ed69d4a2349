"""What a benchmark says of its figures: a verdict that is wrong would be believed."""

import asyncio
from pathlib import Path
from typing import Any, cast
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myosotis.ops.benchmark import gateway, mail_server, options, page, plot, push_service, table
from myosotis.ops.benchmark.contents import SCENARIOS
from myosotis.ops.benchmark.figures import Figure, at_least, at_most, dumped, loaded, percentile, rounded
from myosotis.ops.benchmark.tally import Tally

KEY = b"0123456789abcdef0123456789abcdef"
SMS = b"POST /sms.do HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b"
MAIL = b"DKIM-Signature: v=1\r\nMessage-ID: <%b@x>\r\n\r\ntext/plain text/html text/calendar\r\n.\r\n"


class Told:
    """A transport that keeps what it was given."""

    def __init__(self) -> None:
        self.said = b""

    def write(self, data: bytes) -> None:
        self.said += data


def connected(protocol: asyncio.Protocol) -> Told:
    told = Told()
    protocol.connection_made(cast("Any", told))
    told.said = b""
    return told


@pytest.fixture
def tally(tmp_path: Path) -> Tally:
    return Tally(tmp_path / "tally", new=True)


@given(st.lists(st.floats(0, 1e6), min_size=1), st.sampled_from([0.5, 0.95, 0.99]))
def test_a_percentile_is_one_of_the_values_and_so_many_are_not_above_it(values: list[float], share: float) -> None:
    found = percentile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values) - 1e-6
    assert sum(value < found for value in values) < share * len(values)


def test_percentiles_of_a_hundred() -> None:
    assert [percentile(range(1, 101), share) for share in (0.5, 0.95, 0.99, 1.0)] == [50, 95, 99, 100]
    with pytest.raises(ValueError, match="nothing"):
        percentile([], 0.5)


@pytest.mark.parametrize(
    ("value", "said"), [(18_432.4, "18,432"), (112.2, "112"), (9.74, "9.74"), (0.6, "0.6"), (12.0, "12"), (0.0, "0")]
)
def test_a_figure_has_the_digits_that_mean_something(value: float, said: str) -> None:
    assert rounded(value) == said


@pytest.mark.parametrize(
    ("value", "target", "verdict"),
    [
        (0.61, at_least(0.6), "reached"),
        (0.6, at_least(0.6), "reached"),
        (0.59, at_least(0.6), "not reached"),
        (6.0, at_most(6), "reached"),
        (6.01, at_most(6), "not reached"),
        (1.0, None, ""),
    ],
)
def test_the_verdict_is_that_of_the_value_itself(value: float, target: Any, verdict: str) -> None:
    assert Figure(name="x", value=value, target=target).verdict == verdict


def test_a_figure_survives_being_written_down() -> None:
    figure = Figure(name="Łącznie", value=1.5, unit="ms", beside="p50 1 ms", target=at_most(6), ours=True)
    assert loaded(dumped(figure)) == figure


def test_both_tables_say_what_was_not_reached() -> None:
    figures = [Figure(name="one", value=500, unit="ms", target=at_most(6)), Figure(name="two", value=2, beside="so")]
    assert list(table.markdown(figures))[2:] == [
        "| one | 500 ms | at most 6 | **not reached** | |",
        "| two | 2 | | | so |",
    ]
    assert list(table.text(figures)) == ["  one  500 ms  at most 6  not reached", "  two       2", "      so"]


def test_the_page_keeps_what_did_not_run() -> None:
    text = "a\n<!-- measured: sms -->\nold\n<!-- end -->\nb\n<!-- measured: push -->\nkept\n<!-- end -->\n"
    assert page.inserted(text, "sms", r"new \1") == text.replace("old\n", "\nnew \\1\n\n")
    with pytest.raises(ValueError, match="no marks for email"):
        page.inserted(text, "email", "")


def test_the_page_has_a_place_for_every_scenario() -> None:
    text = page.PAGE.read_text(encoding="utf-8")
    for name in [page.MACHINE, *SCENARIOS]:
        assert page.inserted(text, name, "x") != text


def test_bars_are_as_long_as_their_figures() -> None:
    bars = [plot.Bar(name="a < b", value=100, ours=True), plot.Bar(name="c", value=25, ours=False)]
    drawn = ElementTree.fromstring(plot.bars("title", "messages/s", bars))  # noqa: S314 - our own
    long, short = [float(bar.attrib["width"]) for bar in drawn.iter("{http://www.w3.org/2000/svg}rect")]
    assert long == pytest.approx(4 * short, rel=0.01)


def test_sizes_are_those_asked_for() -> None:
    given_, sizes = options.read(["--quick", "--planned", "1_000,2000", "--burst", "7"], list(SCENARIOS))
    assert (sizes.planned, sizes.burst, sizes.messages) == ((1000, 2000), 7, options.QUICK.messages)
    assert options.Options.loaded(sizes.dumped()) == sizes
    assert given_.only == ""


def test_sms_is_measured_with_few_messages_and_with_many() -> None:
    _, usual = options.read([], list(SCENARIOS))
    _, asked = options.read(["--messages", "500,9_000"], list(SCENARIOS))
    assert (usual.messages, usual.few) == ((20_000, 200_000), 20_000)
    assert (asked.messages, asked.few) == ((500, 9000), 500)


def test_the_gateway_refuses_a_key_it_knows_and_counts_it(tally: Tally) -> None:
    connection = gateway.Connection(gateway.Gateway(tally, delay=0, report_to=""))
    told = connected(connection)
    body = b"to=48600000001&message=x&idx=%b&check_idx=1" % KEY
    request = SMS % (len(body), body)
    connection.data_received(request[:40])
    connection.data_received(request[40:] + request)
    assert told.said.count(b'"idx":"%b"' % KEY) == 1
    assert told.said.count(b'"error":53') == 1
    assert (tally.taken, tally.repeated) == (1, 1)


def test_the_mail_server_takes_commands_sent_ahead(tally: Tally) -> None:
    connection = mail_server.Connection(tally, set())
    told = connected(connection)
    sent = (
        b"EHLO x\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@x>\r\nDATA\r\n"
        + MAIL % b"one"
        + b"DATA\r\n"
        + MAIL % b"one"
        + b"QUIT\r\n"
    )
    for at in range(0, len(sent), 7):
        connection.data_received(sent[at : at + 7])
    assert [line[:3] for line in told.said.split(b"\r\n") if line[3:4] == b" "] == [
        b"250", b"250", b"250", b"354", b"250", b"354", b"250", b"221",
    ]  # fmt: skip
    assert (tally.taken, tally.whole, tally.repeated) == (2, 2, 1)


def test_a_push_that_is_not_encrypted_is_not_whole(tally: Tally) -> None:
    connection = push_service.Connection(tally, set())
    told = connected(connection)
    head = b"POST /push/%d HTTP/1.1\r\nAuthorization: vapid t=1, k=2\r\nContent-Encoding: %b\r\nContent-Length: 100\r\n\r\n"
    connection.data_received(head % (1, b"aes128gcm") + bytes(20) + b"\x41" + bytes(79))
    connection.data_received(head % (2, b"identity") + bytes(100))
    assert told.said.count(b"201 Created") == 2
    assert (tally.taken, tally.whole) == (2, 1)
