"""The words of the business, from what its tasks ask and their references answer. See scenarios/reading/words.py."""

from __future__ import annotations

from collections.abc import Iterable

from ...engine.episode import Episode
from ...scenarios import unsigned
from ...scenarios.company import by_name
from ...scenarios.composition import PARAPHRASES
from ...scenarios.reading.statements import plain
from ...scenarios.reading.words import words
from ...scenarios.registry import TaskBook
from ..agents.scripted import EpisodeDesk

LEAST = 3
"""Tasks that must use a word; rarer ones are names, which an episode's own log holds."""
EVERYDAY = (
    "doubt example "
    "able accept account across act add advise after again age ago agree ahead air allow almost alone along already also "
    "always am amount and another answer apologies apply appreciate april area around arrive ask assure assured attach "
    "attempt august available away back bad base become before began begin begun behind belong below beside best better "
    "between big bill bit block body book bottom box break bring broke build business busy buy calculate call came card "
    "care carry case cause certain certainly change charge cheap check checked choose clean clear click close cold "
    "collect color come company compare complete concern condition confirm connect contact contain continue copy "
    "correction cost count course cover create cut daily damage database date day deal dear december decide deep defect "
    "delay delighted deliver department depend describe desk detail differ direct done door double down draw drive driver "
    "drop dry due during each early easy edt either else email empty end enough enter entry equal est even evening event "
    "every exact except exchange exist extra eye face facts fail fall far fast fault feature february fee few file fill "
    "final find finish first fit fix flat follow force form forward found free fresh friday from front frustrating full "
    "further gave general get give glad gladly go good goods got grateful great group grow guarantee guide half hand "
    "handle happen happy hard have head heat heavy held hello help here hi high hold home hour house however hum include "
    "indeed inform inquiry inside inspect install instead instruct instruction item january job join july june just keep "
    "key kind kindly large last late later lead learn least leave left less letter level light like limit line link list "
    "little live load local long look looked lose lost lot low made mail main make manage manufacture many march mark "
    "match matter may mean measure meet mention message method middle minute miss model moment monday money month more "
    "morning most move much name near need never new news next night nobody noise normal note notice november now number "
    "october off offer office often old once one online only open order other out over own pack page paid paper parcel "
    "part party pass past path patience pattern pay people per percent person phone pick picture piece place plan play "
    "please pleased plus pm point position possible post postage power present press price print problem procedure "
    "process produce product profile proper provide pull push put quality quantity question quick quiet quite rate reach "
    "read ready real reason receive record red reduce refer regards remain remove rent repair repeat replace reply report "
    "request require reserve response rest result return reviewed right ring room round row rule run safe said sale same "
    "saturday save say scan screen second section secure see select sell send separate september serial series serve "
    "service set several share sheet ship shop short show side sign simple since single sit size slow small sold some "
    "soon sorry sort sound space speak speed spend split stage stand standard start state stated status stay step still "
    "stock stop store street such sum sunday supply support sure system table take talk technician tell ten test than "
    "thank thanks that the their them then there therefore these they thing think this those though through thursday time "
    "today together tomorrow too tool top total touch toward track transfer travel tried trip trouble true try tuesday "
    "turn twice two type under unit until up update upon use usual utc validate value various version very view visit "
    "volume wait want warm warranty watch water way wednesday week weight welcome well went were what wheel when where "
    "whether which while white who whole why wide will window wire with withdraw within without wood word work world "
    "worth write wrong year yes yesterday yet you young your zero zone "
)
"""Common words that tell nothing of how something is meant."""


def words_of_business(book: TaskBook, ids: Iterable[str]) -> list[str]:
    """Sorted: every word that at least so many tasks use in their prompts and reference answers, in any wording."""
    counts: dict[str, int] = {}
    for id in ids:
        family, task = book.find(id)[0].family, book[id]
        episode = Episode.open(f"{id}.words", book.world, by_name(task.tools))
        if task.fixtures:
            episode.record("world.prepared", {}, task.fixtures)
        reply = unsigned.played_so(family, task.kind).play(EpisodeDesk(episode), task.given)
        reply = reply.in_prose() if task.form == "natural" else reply
        texts = [task.prompt, reply.render(), *(reply.render(style) for style in PARAPHRASES)]
        for word in {word for text in texts for word in words(plain(text))}:
            counts[word] = counts.get(word, 0) + 1
    return sorted({word for word, count in counts.items() if count >= LEAST} | set(EVERYDAY.split()))
