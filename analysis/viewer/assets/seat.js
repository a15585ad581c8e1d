"use strict";
// The judge's seat: keys for what a reader says, and the next question where he looks for it.

document.addEventListener("DOMContentLoaded", () => {
  const press = (key) => () => { const button = $(`.ruling [data-key="${key}"]`); if (button) button.click(); };
  Object.assign(keys, {
    y: press("y"),
    n: press("n"),
    u: press("u"),
    s: press("s"),
    b: () => follow($("#back")),
    p: () => follow($("#back")),
    w: () => { const why = $("#why"); if (why) why.focus(); },
    o: () => { const others = $("#others"); if (others) others.open = !others.open; },
  });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && event.target.id === "why") event.target.blur(); });
  // A refusal is told in its line: the question, and what was written, stay.
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.status < 400 || event.detail.target.id !== "seat") return;
    event.detail.target = $("#seat-line");
    event.detail.swapOverride = "innerHTML";
  });
  document.body.addEventListener("htmx:sendError", () => { const line = $("#seat-line"); if (line) line.textContent = "The viewer does not answer; nothing was recorded."; });
  document.body.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.elt.id !== "seat") return;
    scrollTo({ top: 0, behavior: "instant" });
    $("#asked").focus({ preventScroll: true });
  });
});
