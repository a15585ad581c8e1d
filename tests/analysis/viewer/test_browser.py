"""The viewer in a real browser, as a reader uses it. Each page is also given to axe, and its picture kept for docs/viewer.md
where CORECRAFT_SCREENSHOTS names a folder (`make screenshots`)."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from corecraft.engine.episode import Episode
from corecraft.rollouts.batch import play_many
from corecraft.rollouts.runner import Stage

BLIND = Path(__file__).parents[2] / "data" / "blind-run"
HOSTILE = "<script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">{{7*7}}"
REFUSED = "the server responded with a status of 400"
"""What a browser says of a mistake of its reader's."""
WRITER = "MW-02-h004-81b067d5"
"""An episode of the blind run that writes."""


LOOKS = {"light": 1280, "dark": 400}
"""Colours, and a width."""


@pytest.fixture(scope="module", params=["light", pytest.param("dark", marks=pytest.mark.slow)])
def look(request: pytest.FixtureRequest) -> str:
    """In which of the LOOKS axe examines the pages, which takes it longer than all else here; one page it sees in both."""
    return request.param


@pytest.fixture(scope="module")
def run(played: Path, stage: Stage, tmp_path_factory: pytest.TempPathFactory, look: str) -> Path:
    """The run of tests/analysis, with an answer that tries to act on the page. look: each has its own to write to."""
    folder = tmp_path_factory.mktemp("viewed") / "shop"
    shutil.copytree(played, folder)

    def hostile(episode: Episode) -> str:
        episode.call("searchOrders", {"status": HOSTILE})
        return HOSTILE

    play_many(stage, [stage.tasks["S-1"]], hostile, out=folder, name="hostile")
    return folder


@pytest.fixture(scope="module")
def address(run: Path, served: Callable[..., str]) -> str:
    return served(run, BLIND)


@pytest.fixture(scope="module")
def admitted(browser: Any, address: str) -> Any:
    """What a browser keeps once it has brought its token."""
    context = browser.new_context()
    context.new_page().goto(address)
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def page(browser: Any, admitted: Any, look: str) -> Iterator[Any]:
    """A page that may look at everything. What goes wrong in it fails the test."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 860}, reduced_motion="reduce", storage_state=admitted
    )
    opened = context.new_page()
    faults: list[str] = []
    opened.faults, opened.look = faults, look
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on(
        "console",
        lambda said: faults.append(f"{said.text} {said.location}") if said.type in ("error", "warning") else None,
    )
    opened.on(
        "response", lambda answer: faults.append(f"{answer.status} {answer.url}") if answer.status > 400 else None
    )
    yield opened
    context.close()
    assert [fault for fault in faults if REFUSED not in fault] == []


def at(address: str, path: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}{path}"


def examined(page: Any, name: str) -> None:
    """No serious finding, wide and light, narrow and dark; no sideways scrolling; pictures are kept where they are wanted."""
    from axe_playwright_python.sync_playwright import Axe

    folder = os.environ.get("CORECRAFT_SCREENSHOTS")
    for scheme, width in LOOKS.items():
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 860})
        page.wait_for_timeout(100)
        if scheme == page.look or name == "episode":
            told = len(page.faults)
            found = Axe().run(page).response["violations"]
            page.faults[told:] = [
                fault for fault in page.faults[told:] if "inline style" not in fault
            ]  # axe tries its own
            assert [(one["id"], [node["html"][:160] for node in one["nodes"][:3]]) for one in found if grave(one)] == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (
            f"{name} scrolls sideways at {width}"
        )
        if folder:
            page.screenshot(path=f"{folder}/{name}-{scheme}-{width}.png")
    page.set_viewport_size({"width": 1280, "height": 860})
    page.emulate_media(color_scheme="light")


def grave(finding: Any) -> bool:
    return finding["impact"] in ("serious", "critical")


# --- runs and the table ------------------------------------------------------------------------------------------


def test_runs_show_their_scores_and_lead_to_their_episodes(page: Any, address: str):
    page.goto(address)
    page.locator(".runs tbody tr").first.wait_for()  # it comes once the log was read
    assert page.locator(".runs tbody tr").count() >= 4
    assert "95 % interval" in page.locator(".runs svg.interval").first.get_attribute("aria-label")
    examined(page, "runs")
    page.get_by_role("link", name="blind-run").first.click()
    assert page.locator("h1").inner_text() == "blind-run"


def test_the_table_is_filtered_sorted_and_walked_by_keys_and_its_state_stands_in_the_address(page: Any, address: str):
    page.goto(at(address, "/runs/blind-run"))
    examined(page, "episodes")
    page.get_by_label("Lines").select_option("roots")
    page.get_by_label("Search").fill("mw-0")
    page.wait_for_url("**q=mw-0**")
    rows = page.locator(".episodes tbody tr")
    assert 0 < rows.count() < 20
    assert all(name.startswith("MW-0") for name in rows.locator("th a").all_inner_texts())
    page.get_by_role("link", name="Calls").click()
    page.wait_for_url("**sort=calls**")
    calls = [int(text) for text in page.locator(".episodes tbody tr td:nth-of-type(5)").all_inner_texts()]
    assert calls == sorted(calls, reverse=True)
    page.reload()
    assert page.get_by_label("Search").input_value() == "mw-0"
    page.keyboard.press("j")
    page.keyboard.press("j")
    second = page.locator(".episodes tbody tr th a").nth(1).inner_text()
    page.keyboard.press("Enter")
    page.wait_for_selector(".bench")
    assert second in page.title()


# --- one episode ---------------------------------------------------------------------------------------------------


def test_an_episode_is_walked_by_keys_and_a_step_has_an_address(page: Any, address: str):
    page.goto(at(address, f"/runs/blind-run/{WRITER}"))
    page.keyboard.press("]")
    here = page.locator(".step.here")
    assert here.locator(".change").count() > 0, "the first step that changes a row"
    seq = here.get_attribute("data-seq")
    assert page.url.endswith(f"#s{seq}")
    assert page.get_by_label("Point in time").input_value() != "0"
    examined(page, "episode")
    page.keyboard.press("k")
    page.reload()
    assert page.locator(".step.here").get_attribute("data-seq") != seq
    page.keyboard.press("e")
    assert page.locator(".step.here details.reply").get_attribute("open") is not None


def test_a_criterion_leads_to_its_evidence(page: Any, address: str):
    page.goto(at(address, "/runs/shop/S-2.failing.0"))
    unmet = page.locator(".criterion.unmet").first
    assert unmet.get_attribute("open") is not None, "what failed stands open"
    evidence = unmet.locator(".evidence a").first
    seq = evidence.inner_text()
    evidence.click()
    assert page.locator(".step.here").get_attribute("data-seq") == seq
    assert page.locator(f"#s{seq}").is_visible()
    assert page.locator(".blame").first.is_visible(), "why it failed stands at the step"


def test_the_world_is_seen_at_the_point_that_the_slider_chooses(page: Any, address: str):
    page.goto(at(address, f"/runs/blind-run/{WRITER}"))
    page.keyboard.press("w")
    page.get_by_text("Every row is as it was when the agent began").wait_for()
    slider = page.get_by_label("Point in time")
    slider.fill(slider.get_attribute("max"))
    page.locator("#world-now .change").first.wait_for()
    assert page.locator("#world-now .change").count() == 3
    examined(page, "world")
    page.locator("#world-now .change .id").last.click()
    page.locator("#row .looked").wait_for()
    assert "Its history" in page.locator("#row").inner_text()


def test_what_was_read_by_then_can_be_searched(page: Any, address: str):
    page.goto(at(address, f"/runs/blind-run/{WRITER}"))
    page.keyboard.press("r")
    page.get_by_text("Nothing had been read by then").wait_for()
    slider = page.get_by_label("Point in time")
    slider.fill(slider.get_attribute("max"))
    page.get_by_label("Words").fill("cryowave")
    page.locator("#read-now mark").first.wait_for()
    assert {text.lower() for text in page.locator("#read-now mark").all_inner_texts()} == {"cryowave"}


def test_a_text_that_tries_to_act_is_only_a_text(page: Any, address: str):
    page.goto(at(address, "/runs/shop/S-1.hostile.0"))
    assert HOSTILE in page.locator(".step.answer .said").inner_text()
    page.keyboard.press("r")
    page.wait_for_timeout(300)
    assert "taken" not in page.title()
    assert page.locator(".story img, .story script").count() == 0


def test_a_theme_that_was_chosen_stays(page: Any, address: str):
    page.goto(at(address, "/"))
    page.get_by_label("Light or dark").click()
    chosen = page.evaluate("document.documentElement.dataset.theme")
    page.goto(at(address, "/runs/blind-run"))
    assert page.evaluate("document.documentElement.dataset.theme") == chosen
    page.keyboard.press("?")
    assert page.get_by_role("dialog").is_visible()


def test_without_its_token_nothing_is_shown(browser: Any, address: str):
    context = browser.new_context()
    answer = context.new_page().goto(at(address, "/runs/blind-run"))
    assert answer.status == 401
    assert "corecraft ui" in answer.text()
    context.close()


# --- forks and comparing -----------------------------------------------------------------------------------------


def test_a_fork_is_made_from_a_step_and_seen_as_it_is_played(page: Any, address: str):
    page.goto(at(address, "/runs/shop/S-2.failing.0"))
    page.locator('.outline a:has-text("getOrderDetails")').first.click()
    page.keyboard.press("f")
    page.get_by_role("dialog").wait_for()
    page.get_by_label("Who plays on").select_option("reference")
    page.get_by_role("button", name="Fork", exact=True).click()
    page.wait_for_url("**/S-2.failing.0~*")
    assert page.locator(".step.inherited").count() > 0
    page.locator(".step.grade").wait_for()  # it arrives while the page is open
    page.locator(".verdict.waiting, .verdict.passed").first.wait_for()
    assert page.locator(".criterion.unmet").count() == 0
    examined(page, "fork")
    page.get_by_role("link", name="Forks").click()
    page.locator(".branches svg a.branch").nth(1).wait_for()
    examined(page, "tree")


def test_a_fork_that_cannot_be_is_told_where_it_was_asked_for(browser: Any, address: str):
    context = browser.new_context()  # a refusal is an error to the browser's console
    page = context.new_page()
    page.goto(address)
    page.goto(at(address, "/runs/shop/S-2.failing.0"))
    page.keyboard.press("]")
    page.locator('.outline a:has-text("getOrderDetails")').first.click()
    page.keyboard.press("f")
    page.get_by_label("edit").fill('order/none status="paid"')
    page.get_by_role("button", name="Fork", exact=True).click()
    page.locator("#fork .said-back :text('none')").first.wait_for()
    assert page.get_by_role("dialog").is_visible()
    context.close()


def test_two_lines_stand_side_by_side_from_where_they_part(page: Any, address: str):
    page.goto(at(address, "/compare?left=blind-run/CM-05-h005-85c2ef58&right=blind-run/CM-05-h005-85c2ef58~1"))
    page.get_by_text("events are the same").wait_for()
    assert page.locator(".answered mark").count() > 0
    examined(page, "compare")
    page.get_by_role("link", name="Others to compare with").click()
    page.get_by_role("link", name="CM-05-h005-85c2ef58~2").first.wait_for()
    examined(page, "partners")
    page.goto(at(address, "/forks/blind-run"))
    examined(page, "forks")
    page.set_viewport_size({"width": 400, "height": 860})
    words = page.locator(".branches").first.locator(".branch text").first.bounding_box()
    assert 0 <= words["x"] < words["x"] + words["width"] <= 400, "how it went is in view"


# --- SQL and judging -----------------------------------------------------------------------------------------------


def test_a_question_is_asked_and_its_answer_plotted(page: Any, address: str):
    page.goto(at(address, "/sql"))
    page.get_by_label("SELECT").fill(
        "SELECT tool, count(*) AS calls FROM tool_calls GROUP BY tool ORDER BY calls DESC LIMIT 9"
    )
    page.keyboard.press("Control+Enter")
    page.get_by_text("9 rows").wait_for()
    assert "searchSlackMessages" in page.locator("#answer table").inner_text()
    page.get_by_role("button", name="Plot").click()
    page.locator("#answer canvas").first.wait_for()
    examined(page, "sql")
    page.get_by_role("button", name="Which tools are used, and which of them refuse?").click()
    page.locator("#answer table").wait_for()
    page.locator("#answer td a").count()


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("SELECT nothing FROM episodes", "nothing"),
        ("SELEC 1", "SELEC"),
        ("FROM read_text('/etc/passwd')", "file system operations"),
        ("ATTACH '/tmp/x.db'", "Only one SELECT"),
        ("COPY episodes TO '/tmp/x.csv'", "Only one SELECT"),
    ],
)
def test_a_bad_question_is_one_line(page: Any, address: str, asked: str, told: str):
    page.goto(at(address, "/sql"))
    page.get_by_label("SELECT").fill(asked)
    page.keyboard.press("Control+Enter")
    fault = page.locator("#answer [role=alert]")
    fault.wait_for()
    assert told in fault.inner_text()
    assert "Traceback" not in page.content()


def test_a_runaway_question_is_cancelled(page: Any, address: str):
    page.goto(at(address, "/sql"))
    page.get_by_label("SELECT").fill(
        "SELECT count(*) FROM range(100000000) a, range(100000) b WHERE hash(a.range) = b.range"
    )
    page.keyboard.press("Control+Enter")
    page.get_by_role("button", name="Cancel").click()
    page.locator("#answer [role=alert]").wait_for(timeout=10_000)


def test_a_reader_votes_by_keys_and_what_waited_is_settled(page: Any, address: str):
    page.goto(at(address, "/judge"))
    examined(page, "judge")
    page.goto(at(address, "/judge/shop?reader=ada"))
    question = page.locator(".seat h1, .seat h2, h2").first.inner_text()
    examined(page, "seat")
    page.reload()  # without what axe left on it
    page.keyboard.press("y")
    page.wait_for_function("asked => !document.body.innerText.includes(asked)", arg=question)
    page.keyboard.press("b")
    page.get_by_text(question).first.wait_for()
