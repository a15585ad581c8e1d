"""The files of words: each is sound, and what a writer gets wrong is told at load."""

from __future__ import annotations

from pathlib import Path

import pytest
from corecraft.scenarios import wordings as words
from corecraft.scenarios.voices import Speech
from corecraft.scenarios.wordings import BadWords, wordings

FILES = sorted(file.stem for file in Path(words.__file__).parent.glob("*.toml"))


@pytest.mark.parametrize("name", FILES)
def test_every_entry_of_every_file_can_be_had(name: str):
    found = wordings(name)
    for key, entry in found.entries.items():
        assert found.speeches(key) if isinstance(entry, list) else found.say(key)


GOOD = '[form]\nuses = ["order"]\nsay = ["{order}, please.", "Of {order}."]\n'


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[form", "cannot be read"),
        ('form = "a"', "an entry is a table"),
        ('[form]\nsay = "{order}"', "{order} is no slot it may use"),
        ('[form]\nsay = "a"\nsays = "b"', "says means nothing here"),
        ('[[staff]]\nvoice = "sweet"\nopening = ["a"]', "'sweet' is no voice"),
        ('[[staff]]\nvoice = "clear"\nopening = ["{who}"]', "{who} is no slot it may use"),
        (f'{GOOD}[[staff]]\nvoice = "clear"\nopening = ["a"]\nasks = ["form"]', "@ and the key of one"),
        (f'{GOOD}[[staff]]\nvoice = "clear"\nopening = ["a"]\nasks = ["@from"]', "no entry 'from'"),
    ],
)
def test_what_a_writer_gets_wrong_is_named(tmp_path: Path, text: str, fault: str):
    file = tmp_path / "rs03.toml"
    file.write_text(text)
    with pytest.raises(BadWords, match=r"rs03\.toml") as raised:
        wordings(file).speeches("staff")
    assert fault in str(raised.value)


def test_a_speech_may_take_the_alternatives_of_an_entry(tmp_path: Path):
    (tmp_path / "x.toml").write_text(
        f'{GOOD}[[staff]]\nvoice = "clear"\nopening = ["Hi."]\nasks = ["@form", ["Now."]]\n'
    )
    asks = (("{order}, please.", "Of {order}."), ("Now.",))
    assert wordings(tmp_path / "x.toml").speeches("staff") == (Speech("clear", ("Hi.",), asks),)
