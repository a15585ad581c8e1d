"use strict";
// What a page does besides being read. Pages stand without it; keys, the slider and the panels beside an episode need it.

const $ = (selector, within = document) => within.querySelector(selector);
const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];
const typing = (target) => target.closest("input, textarea, select, [contenteditable]") !== null;

// --- every page ------------------------------------------------------------------------------------------------

function turnTheme() {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  localStorage.setItem("theme", root.dataset.theme);
}

const follow = (link) => { if (link) link.click(); };
let pending = "";

const keys = {
  "?": () => $("#keys").showModal(),
  t: turnTheme,
  n: () => follow($("a[rel=next]")),
  p: () => follow($("a[rel=prev]")),
  "/": () => { const field = $("input[type=search]"); if (field) field.focus(); },
};

document.addEventListener("keydown", (event) => {
  if (event.repeat && !["j", "k"].includes(event.key)) return; // a key that is held down means one thing once
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || $("dialog[open]")) return;
  if (pending === "g" && event.key === "h") { location.href = $(".brand").href; return; }
  pending = event.key === "g" ? "g" : "";
  const act = keys[event.key];
  if (act) { event.preventDefault(); act(); }
});

$("#theme").addEventListener("click", turnTheme);
$("#help").addEventListener("click", () => $("#keys").showModal());
for (const button of $$("[data-close]")) button.addEventListener("click", () => button.closest("dialog").close());

// --- the table of episodes -------------------------------------------------------------------------------------

function moveRow(by) {
  const rows = $$(".episodes tbody tr").filter((row) => $("a.open", row));
  if (!rows.length) return;
  const at = rows.findIndex((row) => row.classList.contains("here"));
  const next = rows[Math.max(0, Math.min(rows.length - 1, at < 0 ? 0 : at + by))];
  for (const row of rows) row.classList.toggle("here", row === next);
  next.scrollIntoView({ block: "nearest" });
  $("a.open", next).focus({ preventScroll: true });
}

// What is not asked for does not stand in the address.
document.addEventListener("htmx:configRequest", (event) => {
  const asked = event.detail.parameters;
  for (const [name, value] of Object.entries(asked)) if (value === "" || (name === "down" && value === "0")) delete asked[name];
});

if ($(".episodes")) Object.assign(keys, { j: () => moveRow(1), k: () => moveRow(-1) });

// --- one episode -----------------------------------------------------------------------------------------------

const bench = $(".bench");
if (bench) {
  const outline = $$(".outline a");
  const ticks = $$(".film .tick");
  const slider = $("#time");
  let place, starts;
  let here = -1;
  let asked = 0;

  const count = () => {
    place = new Map(outline.map((link, index) => [Number(link.dataset.seq), index]));
    starts = [...place.keys()].sort((a, b) => a - b);
  };
  count();
  const stepOf = (seq) => place.get(starts.filter((start) => start <= seq).pop() ?? starts[0]);

  const tell = (link) => { $("#now").textContent = `event ${link.dataset.last} of ${bench.dataset.last} · ${link.dataset.at.replace("T", " ").replace("Z", "")}`; };

  function go(index, scroll = true) {
    index = Math.max(0, Math.min(outline.length - 1, index));
    if (index === here) return;
    const link = outline[index];
    const step = $(`#s${link.dataset.seq}`);
    for (const one of $$(".here", bench)) one.classList.remove("here");
    for (const one of [link, step, ticks[index]]) one.classList.add("here");
    here = index;
    slider.value = index;
    slider.setAttribute("aria-valuetext", `step ${link.dataset.seq}`);
    tell(link);
    link.scrollIntoView({ block: "nearest" });
    if (scroll) { step.scrollIntoView({ block: "start" }); history.replaceState(null, "", `#s${link.dataset.seq}`); }
    clearTimeout(asked);
    asked = setTimeout(refresh, 120);
  }

  // What stands beside, at the point in time that was chosen.
  const query = (values) => new URLSearchParams({ at: outline[Math.max(here, 0)].dataset.last, ...values });
  const fetchInto = (target, what, values = {}) => htmx.ajax("GET", `${bench.dataset.base}${what}?${query(values)}`, { target, swap: "innerHTML" });
  const shown = () => $('[role="tab"][aria-selected="true"]').getAttribute("aria-controls");
  let looked = "";

  function refresh() {
    if (typeof htmx === "undefined") return;
    if (shown() === "world") { fetchInto("#world-now", "world"); if (looked) fetchInto("#row", "row", { id: looked }); }
    if (shown() === "read") fetchInto("#read-now", "read", { q: $("#read-q").value });
  }

  function open(tab) {
    for (const each of $$('[role="tab"]')) {
      const chosen = each === tab;
      each.setAttribute("aria-selected", chosen);
      each.tabIndex = chosen ? 0 : -1;
      $(`#${each.getAttribute("aria-controls")}`).hidden = !chosen;
    }
    refresh();
  }

  function look(id) {
    looked = id;
    $("#row-id").value = id;
    open($("#tab-world"));
  }

  for (const tab of $$('[role="tab"]')) tab.addEventListener("click", () => open(tab));
  $(".tabs").addEventListener("keydown", (event) => {
    const tabs = $$('[role="tab"]');
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    const next = tabs[(tabs.indexOf(document.activeElement) + by + tabs.length) % tabs.length];
    open(next);
    next.focus();
  });

  slider.addEventListener("input", () => go(Number(slider.value)));
  ticks.forEach((tick, index) => tick.addEventListener("click", () => go(index)));
  outline.forEach((link, index) => link.addEventListener("click", (event) => { event.preventDefault(); go(index); }));

  bench.addEventListener("click", (event) => {
    const row = event.target.closest("[data-row]");
    if (row && $("#tab-world")) { look(row.dataset.row); return; }
    const fork = event.target.closest(".fork-here");
    if (fork) { askFork(fork.dataset.at); return; }
    const link = event.target.closest('a[href^="#s"]');
    if (link) { event.preventDefault(); go(stepOf(Number(link.getAttribute("href").slice(2)))); return; }
    const cite = event.target.closest('a[href^="#c-"]');
    if (cite) { open($("#tab-criteria")); const mark = $(`[id="${cite.getAttribute("href").slice(1)}"]`); mark.open = true; mark.scrollIntoView({ block: "center" }); event.preventDefault(); }
  });

  const criteria = $("#criteria");
  criteria.addEventListener("click", (event) => {
    const criterion = event.target.closest("summary") && event.target.closest(".criterion");
    const evidence = criterion && $(".evidence a", criterion);
    if (evidence && !criterion.open) go(stepOf(Number(evidence.getAttribute("href").slice(2))));
  });

  for (const form of $$(".look")) form.addEventListener("submit", (event) => {
    event.preventDefault();
    if ($("#row-id", form)) look($("#row-id").value.trim());
    else refresh();
  });
  const words = $("#read-q");
  if (words) words.addEventListener("input", () => { clearTimeout(asked); asked = setTimeout(refresh, 200); });

  function askFork(at) {
    const dialog = $("#fork");
    if (!dialog) return;
    $("#fork-at").value = at;
    $("#fork-at-shown").textContent = at;
    dialog.showModal();
  }

  function nextChange(by) {
    for (let index = here + by; index >= 0 && index < ticks.length; index += by)
      if (ticks[index].classList.contains("writes")) { go(index); return; }
  }

  // Of an episode that is being played, further steps come in below: the reader stays where he is.
  document.body.addEventListener("htmx:oobAfterSwap", (event) => {
    if (event.detail.target.id !== "film") return;
    outline.splice(0, outline.length, ...$$(".outline a"));
    for (const tick of $$(".film .tick").slice(ticks.length)) { const index = ticks.push(tick) - 1; tick.addEventListener("click", () => go(index)); }
    count();
    slider.max = outline.length - 1;
    bench.dataset.last = outline[outline.length - 1].dataset.last;
    if (here >= 0) tell(outline[here]);
  });

  Object.assign(keys, {
    j: () => go(here + 1),
    k: () => go(here - 1),
    "]": () => nextChange(1),
    "[": () => nextChange(-1),
    e: () => { const reply = $(".step.here details"); if (reply) reply.open = !reply.open; },
    c: () => open($("#tab-criteria")),
    i: () => open($("#tab-about")),
    f: () => follow($(".step.here .fork-here")),
  });
  if ($("#tab-world")) Object.assign(keys, { w: () => open($("#tab-world")), r: () => open($("#tab-read")) });

  // The step that is read is the one near the top; a deep link comes first.
  const arrive = () => { const seq = /^#s(\d+)$/.exec(location.hash); if (seq) go(stepOf(Number(seq[1]))); };
  addEventListener("hashchange", arrive);
  addEventListener("load", () => { arrive(); if (here < 0) go(0, false); });
}

// --- two episodes side by side, fork trees ------------------------------------------------------------------------

const parted = $$(".parted");
if ($(".heads")) {
  let at = -1;
  const turn = (by) => {
    if (!parted.length) return;
    at = Math.max(0, Math.min(parted.length - 1, at + by));
    for (const one of parted) one.classList.toggle("here", one === parted[at]);
    parted[at].focus({ preventScroll: true });
    parted[at].scrollIntoView({ block: "start" });
  };
  Object.assign(keys, {
    j: () => turn(1),
    k: () => turn(-1),
    e: () => { const replies = $$("details", parted[Math.max(at, 0)]); const open = replies.some((one) => !one.open); for (const one of replies) one.open = open; },
    x: () => follow($("a.swap")),
  });
}

// A family may be larger than the window: begin where the line that was asked for says how it went, else the first.
function toWords() {
  for (const frame of $$(".branches")) {
    const line = $(".branch.here", frame) ?? $(".branch", frame);
    const words = $("text", line).getBBox(), start = $("path", line).getBBox().x;
    const left = Math.max(Math.min(start - frame.clientWidth / 3, words.x), words.x + words.width + 14 - frame.clientWidth);
    frame.scrollTo({ left: Math.min(left, words.x - 24), top: Number($("circle", line).getAttribute("cy")) - frame.clientHeight / 2, behavior: "instant" });
  }
}
toWords();
addEventListener("resize", toWords);

// --- a static copy: searching the table that is here --------------------------------------------------------------

const find = $("#find");
if (find) {
  const rows = $$(".episodes tbody tr");
  const told = rows.map((row) => [row.textContent, ...$$("[title]", row).map((one) => one.title)].join(" ").toLowerCase());
  find.addEventListener("input", () => {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    rows.forEach((row, at) => { row.hidden = !words.every((word) => told[at].includes(word)); });
  });
}
