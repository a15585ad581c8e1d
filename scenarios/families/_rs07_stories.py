"""What is said to have happened to a thing: for the form, and as its owner or somebody else would tell it."""

from __future__ import annotations

STORIES = {
    "stopped working one evening, nothing had been changed and nothing had happened to it": "plain",
    "had been acting up for a week and then gave up altogether, all in quite normal use": "plain",
    "is dead since Friday; it sat in a clean, dry room and nobody had touched it": "plain",
    "overheated because the thermal pad had been put on crooked when it was fitted at home": "fitting",
    "ran far too hot because it had not been mounted the way its leaflet says when it was fitted at home": "fitting",
    "died the night after its voltage had been raised by hand for a benchmark": "voltage",
    "went black under an overclock far beyond what it is sold for": "voltage",
    "fell off the desk and has been dead since": "damage",
    "had a glass of juice poured over it and no longer starts": "damage",
    "stopped after a firmware from a forum had been flashed onto it": "firmware",
    "failed a day after its cover had been opened and something inside had been swapped": "opened",
}
"""What is said to have happened, and what kind of cause that is."""

TOLD = dict(
    zip(
        STORIES,
        (
            (
                "just quit one evening",
                "went dead out of nowhere",
                "died last night",
                "suddenly stopped working",
                "stopped working for no reason",
            ),
            (
                "acted up for a week and then died",
                "got flaky and then gave out completely",
                "kept acting up and now it's dead",
                "started cutting out last week and won't work at all now",
                "got worse and worse and finally died",
            ),
            (
                "hasn't worked since Friday",
                "died on Friday",
                "stopped working on Friday",
                "has been dead since Friday",
                "quit on Friday",
            ),
            (
                "overheated, I put the thermal pad on crooked",
                "cooked itself because I got the thermal pad on crooked",
                "got too hot and died, I didn't get the thermal pad on straight",
                "overheated because I put the thermal pad on wrong",
            ),
            (
                "ran way too hot, I didn't mount it like the leaflet says",
                "overheated, turns out I hadn't mounted it like in the leaflet",
                "got too hot and died, I never looked at the leaflet when mounting it",
            ),
            (
                "died the night after I raised the voltage for a benchmark",
                "was fine until I bumped the voltage up for a benchmark",
                "quit after I turned the voltage up",
                "died when I ran a benchmark with more voltage",
            ),
            (
                "went black when I overclocked it a bit too far",
                "died during an overclock, I went way over what it's rated for",
                "died after I overclocked it too hard",
                "stopped working when I tried a big overclock",
            ),
            (
                "fell off the desk and hasn't worked since",
                "got knocked off the desk and has been dead since",
                "fell off the desk and now it's dead",
                "got knocked off a table and won't work anymore",
            ),
            (
                "got juice spilled on it and won't start",
                "had a glass of juice spilled on it and doesn't work now",
                "stopped working after juice got spilled on it",
            ),
            (
                "stopped working after I flashed some firmware off a forum",
                "quit right after I flashed a firmware somebody posted",
                "hasn't worked since I flashed firmware from a forum",
                "is dead, I flashed a firmware from the internet",
            ),
            (
                "died the day after I opened it up and swapped something inside",
                "failed a day after I had the cover off and swapped a part",
                "stopped working after I opened it and swapped a part",
                "quit after I opened it up and swapped something",
            ),
        ),
        strict=True,
    )
)
"""The stories as buyers tell them, each in a few ways that go on from "it"."""
TOLD_OF_OTHERS = {
    "overheated because the thermal pad had been put on crooked when it was fitted at home": (
        "overheated, the thermal pad was on crooked",
        "got too hot and died, turns out the thermal pad wasn't on straight",
        "cooked itself with the thermal pad on wrong",
    ),
    "ran far too hot because it had not been mounted the way its leaflet says when it was fitted at home": (
        "ran way too hot because it wasn't mounted like the leaflet says",
        "overheated, it was put in without a look at the leaflet",
    ),
    "died the night after its voltage had been raised by hand for a benchmark": (
        "died the night after the voltage was turned up for a benchmark",
        "quit during a benchmark with the voltage raised",
        "was fine until the voltage got bumped up for a benchmark",
    ),
    "went black under an overclock far beyond what it is sold for": (
        "went black during an overclock, way over what it's rated for",
        "died in some wild overclock",
        "gave out when it was overclocked too hard",
    ),
    "stopped after a firmware from a forum had been flashed onto it": (
        "stopped working after some firmware from a forum was flashed onto it",
        "hasn't worked since it was flashed with something off a forum",
        "quit right after being flashed with firmware somebody posted online",
    ),
    "failed a day after its cover had been opened and something inside had been swapped": (
        "died the day after it was opened up and a part swapped",
        "failed a day after the cover came off and something was swapped inside",
        "quit after somebody opened it and swapped a part",
    ),
}
"""What buyers did themselves, as others tell it."""
