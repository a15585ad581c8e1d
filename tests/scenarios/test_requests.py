"""Natural requests: the files are sound, a channel says who asks, and what reads like a form is found."""

from __future__ import annotations

import re
from pathlib import Path

import attrs
import pytest
from corecraft.scenarios import wordings
from corecraft.scenarios.asked import Asked
from corecraft.scenarios.cases import Case
from corecraft.scenarios.requests import BadRequests, headed, requests, tells

FILES = sorted(file.stem for file in (Path(wordings.__file__).parent / "natural").glob("*.toml"))
CASE = Case("000", given={}, anchors=())
HELEN = {
    "id": "helen-olsen-48226",
    "name": "Helen Olsen",
    "email": "h@example.org",
    "addresses": [{"postalCode": "48226"}],
}


@pytest.mark.parametrize("name", FILES)
def test_every_file_can_be_read(name: str):
    assert all(entry.say for entry in requests(name).entries.values())


PASSED = re.compile(
    r"(?<!one )\b(?:by|before|at|until) (?:noon|nine|ten|eleven|twelve|one|two|stand-?up)\b"
    r"|\b(?:before|over) lunch\b|\bgood evening\b|^evening\b",
    re.I,
)
"""What nobody writes at two in the afternoon, when all tasks begin."""


@pytest.mark.parametrize("name", FILES)
def test_nobody_writes_of_a_time_to_come_that_has_passed(name: str):
    texts = (request for entry in requests(name).entries.values() for request in entry.say)
    late = [each.text for each in texts if PASSED.search(each.subject) or PASSED.search(each.text)]
    assert [text for text in late if "now it's two" not in text] == []


def entry(text: str, channel: str = "chat", more: str = "") -> str:
    return f'[mine]\nuses = ["order"]\n[[mine.say]]\nvoice = "terse"\nchannel = "{channel}"\ntext = "{text}"\n{more}'


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[mine", "cannot be read"),
        (entry("where is it", more='tone = "sad"'), "unknown field `tone`"),
        (entry("where is it", "pigeon"), "Invalid enum value 'pigeon'"),
        (entry("where is {parcel}"), "{parcel} is no slot it may use"),
        (entry("where is it", "mail"), "a mail has a subject"),
        (entry("where is it", more='subject = "Hi"'), "a mail has a subject"),
        (entry("where is it? YES or NO"), "words to choose from"),
        (entry("a { brace"), "its braces are no slots"),
        (entry("a {} brace"), "is no slot it may use"),
        ("[mine]\nsay = []", "it says nothing"),
    ],
)
def test_what_a_writer_gets_wrong_is_named(tmp_path: Path, text: str, fault: str):
    file = tmp_path / "mine.toml"
    file.write_text(text)
    with pytest.raises(BadRequests, match=r"mine\.toml") as raised:
        requests(file)
    assert fault in str(raised.value)


def test_a_request_is_put_with_its_slots(tmp_path: Path):
    file = tmp_path / "mine.toml"
    file.write_text(entry("where is {order}", "mail", 'subject = "{order}"'))
    asked = requests(file).ask("mine", HELEN["id"], CASE, order="ord-1", further="is not used")
    assert (asked.prompt, asked.subject, asked.channel, asked.voice) == ("where is ord-1", "ord-1", "mail", "terse")
    with pytest.raises(BadRequests, match="no entry 'yours'; there are: mine"):
        requests(file).ask("yours", HELEN["id"], CASE)


def test_texts_are_taken_in_turn_and_by_held_out_cases_from_the_last(tmp_path: Path):
    file = tmp_path / "mine.toml"
    more = "".join(f'\n[[mine.say]]\nvoice = "clear"\nchannel = "chat"\ntext = "{n}"' for n in ("two", "three"))
    file.write_text(entry("one") + more)
    found = requests(file)
    turns = [found.ask("mine", HELEN["id"], attrs.evolve(CASE, turn=turn)).prompt for turn in (0, 1, 2, 3, -1, -2)]
    assert turns == ["one", "two", "three", "one", "three", "two"]


@pytest.mark.parametrize(
    ("channel", "head"),
    [
        ("chat", "[Website chat, signed in as Helen Olsen (helen-olsen-48226)]\n\nHi."),
        ("phone", "[Phone, transcribed. Caller: Helen Olsen, postal code 48226]\n\nHi."),
        ("mail", "From: Helen Olsen <h@example.org>\nSubject: Mine\n\nHi."),
        ("slack", "[Slack, direct message from Helen Olsen]\n\nHi."),
        ("unsigned", "Hi."),
    ],
)
def test_a_channel_says_who_asks(channel: str, head: str):
    asked = Asked(HELEN["id"], "Hi.", "clear", channel, "Mine")  # pyright: ignore[reportArgumentType]
    assert headed(asked, HELEN) == head


@pytest.mark.parametrize(
    "text",
    [
        "Is it late? First word YES or NO.",
        "Please start with a plain yes or no: is it late?",
        "Then a line TOTAL: and the sum.",
        "If none fits, write NONE.",
        "As a table with the columns order and amount.",
        "Set it to refund_requested.",
        "Is it open? If yes, refund it. If not, tell me why.",
        "CSV please.",
    ],
)
def test_what_reads_like_a_form_is_found(text: str):
    assert list(tells(text))


@pytest.mark.parametrize(
    "text",
    [
        "my card shows it twice?? order is ord-251111-480. can i get one of them back pls",
        "Is it late or NOT? I am SO done with this. A list is fine.",
        "Write to me at jo_an@example.org, the USB hub (ASUS) is broken.",
        "Yes or no would do, I am on the train. Can it go back?",
        "If yes, could you send it today?",
    ],
)
def test_what_people_write_is_no_form(text: str):
    assert not list(tells(text))
