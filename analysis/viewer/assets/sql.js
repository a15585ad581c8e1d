"use strict";
// The page of questions: asks and cancels, keeps what was asked, and draws answers. Uses `$`, `$$`, `keys` of viewer.js.

{
  const box = $("#sql");
  const answer = $("#answer");
  const address = () => new URLSearchParams(location.search);

  // --- asking ----------------------------------------------------------------------------------------------------

  let asking = null; // { ticket, abort }

  async function ask(sql, stay = false) {
    if (asking) await cancel();
    if (!sql.trim()) { box.focus(); return; }
    const now = asking = { ticket: `${Date.now()}-${Math.random()}`, abort: new AbortController() };
    if (!stay) history.pushState(null, "", `/sql?${new URLSearchParams({ q: sql })}`);
    busy(true);
    const began = performance.now();
    const clock = setInterval(() => { $("#state").textContent = `${((performance.now() - began) / 1000).toFixed(0)} s …`; }, 1000);
    let told = "";
    let status = 0;
    try {
      const reply = await fetch(`/sql/answer?${new URLSearchParams({ q: sql, ticket: now.ticket })}`, { headers: { "HX-Request": "true" }, signal: now.abort.signal });
      [told, status] = [await reply.text(), reply.status];
    } catch {
      told = "";
    }
    clearInterval(clock);
    if (asking !== now) return; // another one was asked meanwhile
    asking = null;
    busy(false);
    if (status) answer.innerHTML = told;
    else tell("No answer came: is the viewer still running?");
    if (status === 200) { remember(sql); arrange(); }
  }

  function tell(line) {
    const said = Object.assign(document.createElement("p"), { className: "mistake", textContent: line });
    said.setAttribute("role", "alert");
    answer.replaceChildren(said);
  }

  async function cancel() {
    if (!asking) return;
    await fetch(`/sql/stop?${new URLSearchParams({ ticket: asking.ticket })}`, { method: "POST" }).catch(() => null);
  }

  function busy(is) {
    $("#stop").hidden = !is;
    answer.classList.toggle("waiting", is);
    answer.setAttribute("aria-busy", is);
    $("#state").textContent = is ? "…" : "";
  }

  function fill(sql) {
    box.value = sql;
    ask(sql);
    if (innerWidth <= 1080) box.scrollIntoView({ block: "start" });
  }

  $("#ask").addEventListener("submit", (event) => { event.preventDefault(); ask(box.value); });
  $("#stop").addEventListener("click", cancel);
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); ask(box.value); }
  });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && asking && !$("dialog[open]")) cancel(); });
  addEventListener("pagehide", () => { if (asking) navigator.sendBeacon(`/sql/stop?${new URLSearchParams({ ticket: asking.ticket })}`); });
  addEventListener("popstate", () => { box.value = address().get("q") ?? ""; answer.replaceChildren(); if (box.value) ask(box.value, true); });

  // --- what is kept in this browser ---------------------------------------------------------------------------------

  const MOST_KEPT = 100;
  const read = (name) => { try { return JSON.parse(localStorage.getItem(name)) ?? []; } catch { return []; } };
  const write = (name, list) => { try { localStorage.setItem(name, JSON.stringify(list.slice(0, MOST_KEPT))); } catch { /* then it is not kept */ } };

  function remember(sql) {
    write("sql-history", [{ sql, at: Date.now() }, ...read("sql-history").filter((one) => one.sql !== sql)]);
    showPast();
  }

  function button(text, kind, act, label = "") {
    const made = Object.assign(document.createElement("button"), { type: "button", className: kind, textContent: text });
    if (label) made.setAttribute("aria-label", label);
    made.addEventListener("click", act);
    return made;
  }

  function entry(title, sql, forget, note = "") {
    const item = document.createElement("li");
    item.dataset.words = `${title} ${sql}`.toLowerCase();
    const chosen = button(title, "ask-this", () => {});
    chosen.dataset.sql = sql;
    chosen.title = sql;
    item.append(chosen, button("×", "quiet", forget, `Forget: ${title}`));
    if (note) item.append(Object.assign(document.createElement("span"), { className: "soft small", textContent: note }));
    return item;
  }

  function list(target, heading, items, nothing) {
    target.replaceChildren();
    if (!items.length && !nothing) return;
    const section = Object.assign(document.createElement("section"), { className: "group" });
    if (heading) section.append(Object.assign(document.createElement("h2"), { textContent: heading }));
    const ul = document.createElement("ul");
    ul.append(...items);
    section.append(items.length ? ul : Object.assign(document.createElement("p"), { className: "soft", textContent: nothing }));
    target.append(section);
  }

  const without = (name, sql) => write(name, read(name).filter((one) => one.sql !== sql));

  function showPast() {
    const items = read("sql-history").map((one) => entry(one.sql.replace(/\s+/g, " "), one.sql, () => { without("sql-history", one.sql); showPast(); }, new Date(one.at).toLocaleString([], { dateStyle: "short", timeStyle: "short" })));
    list($("#past"), "", items, "What you ask is listed here, in this browser only.");
    search();
  }

  function showKept() {
    list($("#kept"), "Your own", read("sql-saved").map((one) => entry(one.name, one.sql, () => { without("sql-saved", one.sql); showKept(); })), "");
    search();
  }

  $("#keep").addEventListener("click", () => {
    if (!box.value.trim()) { box.focus(); return; }
    $("#name").value = read("sql-saved").find((one) => one.sql === box.value)?.name ?? "";
    $("#naming").showModal();
  });
  $("#naming").addEventListener("close", (event) => {
    const name = $("#name").value.trim();
    if (event.target.returnValue !== "save" || !name) return;
    write("sql-saved", [...read("sql-saved").filter((one) => one.name !== name && one.sql !== box.value), { name, sql: box.value }]);
    showKept();
    open($("#tab-questions"));
  });

  // --- beside the query ---------------------------------------------------------------------------------------------

  const tabs = $$('.beside [role="tab"]');

  function open(tab) {
    for (const each of tabs) {
      each.setAttribute("aria-selected", each === tab);
      each.tabIndex = each === tab ? 0 : -1;
      $(`#${each.getAttribute("aria-controls")}`).hidden = each !== tab;
    }
    if (tab.id === "tab-catalogue") describe();
    search();
  }

  for (const tab of tabs) tab.addEventListener("click", () => open(tab));
  $(".beside .tabs").addEventListener("keydown", (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    const next = tabs[(tabs.indexOf(document.activeElement) + by + tabs.length) % tabs.length];
    open(next);
    next.focus();
  });

  let described = false;
  async function describe() {
    if (described) return;
    described = true;
    try {
      const reply = await fetch("/sql/catalogue", { headers: { "HX-Request": "true" } });
      $("#catalogue").innerHTML = await reply.text();
      described = reply.ok;
    } catch {
      described = false;
    }
    search();
  }

  function search() {
    const words = $("#beside-q").value.toLowerCase().split(/\s+/).filter(Boolean);
    const panel = $('.beside [role="tabpanel"]:not([hidden])');
    const found = $$("[data-words]", panel).filter((one) => {
      one.hidden = !words.every((word) => one.dataset.words.includes(word));
      return !one.hidden;
    });
    for (const group of $$(".group", panel)) group.hidden = words.length > 0 && !$("[data-words]:not([hidden])", group);
    const nothing = $(".nothing", panel);
    if (nothing) nothing.hidden = found.length > 0;
  }
  $("#beside-q").addEventListener("input", search);

  $(".beside").addEventListener("click", (event) => {
    const chosen = event.target.closest(".ask-this");
    if (chosen) { fill(chosen.dataset.sql); return; }
    const name = event.target.closest("[data-insert]");
    if (!name) return;
    const text = name.dataset.insert;
    const spaced = /\w$/.test(box.value.slice(0, box.selectionStart)) ? ` ${text}` : text;
    box.setRangeText(spaced, box.selectionStart, box.selectionEnd, "end");
    box.focus();
  });

  // --- an answer, as a table or drawn -------------------------------------------------------------------------------

  let drawing = null;
  const MOST_BARS = 40;
  const MOST_SERIES = 6;
  const DASHES = [[], [8, 4], [2, 3], [10, 3, 2, 3]];

  function arrange() {
    drawing?.destroy();
    drawing = null;
    const figure = $(".as-plot", answer);
    if (!figure) return;
    figure.told = JSON.parse(figure.dataset.plot);
    for (const one of $$(".switch button", answer)) one.addEventListener("click", () => { choose({ show: one.dataset.show === "plot" ? "plot" : "" }); show(); });
    show();
  }

  // What a reader chose stands in the address, what is as it comes does not.
  function choose(values) {
    const query = address();
    for (const [name, value] of Object.entries(values)) { if (value === "") query.delete(name); else query.set(name, value); }
    history.replaceState(null, "", `/sql?${query}`);
  }

  function show() {
    const plotted = address().get("show") === "plot";
    for (const one of $$(".switch button", answer)) one.setAttribute("aria-pressed", (one.dataset.show === "plot") === plotted);
    $(".as-table", answer).hidden = plotted;
    $(".as-plot", answer).hidden = !plotted;
    if (plotted) { offer(); draw(); }
  }

  function chosen(told) {
    const query = address();
    const kind = ["bars", "line", "points"].includes(query.get("as")) ? query.get("as") : told.kind;
    const named = (name, fits, otherwise) => {
      const at = told.columns.findIndex((one) => one.name === query.get(name) && fits(one));
      return query.get(name) === "-" && name === "by" ? -1 : at < 0 ? otherwise : at;
    };
    const first = (fits, not) => { const at = told.columns.findIndex((one, index) => fits(one) && index !== not); return at < 0 ? not : at; };
    const figures = (one) => one.kind === "number";
    const along = kind === "bars" ? () => true : (one) => one.kind !== "text";
    const y = named("y", figures, told.y);
    const x = named("x", along, along(told.columns[told.x]) ? told.x : first(along, y));
    const few = (one) => one.kind === "text" && new Set(one.values).size <= MOST_SERIES && new Set(one.values).size > 1;
    const by = named("by", (one) => one.kind === "text", kind === told.kind ? told.by : kind === "bars" ? -1 : told.columns.findIndex(few));
    return { kind, x, y, by: by === x ? -1 : by };
  }

  function offer() {
    const told = $(".as-plot", answer).told;
    const now = chosen(told);
    const form = $(".axes", answer);
    const select = (label, name, options, current) => {
      const made = Object.assign(document.createElement("label"), {});
      const box = document.createElement("select");
      for (const [value, text] of options) box.append(new Option(text, value, false, value === current));
      box.addEventListener("change", () => { choose({ [name]: box.value }); offer(); draw(); $(`[data-name="${name}"]`, form).focus(); });
      box.dataset.name = name;
      made.append(Object.assign(document.createElement("span"), { textContent: label }), box);
      return made;
    };
    const names = (fits) => told.columns.filter(fits).map((one) => [one.name, one.name]);
    form.replaceChildren(
      select("Drawn as", "as", [["bars", "bars"], ["points", "points"], ["line", "line"]], now.kind),
      select(now.kind === "bars" ? "Bars" : "Across", "x", names((one) => now.kind === "bars" || one.kind !== "text"), told.columns[now.x].name),
      select("Figure", "y", names((one) => one.kind === "number"), told.columns[now.y].name),
    );
    const texts = names((one) => one.kind === "text" && one !== told.columns[now.x]);
    if (texts.length) form.append(select(now.kind === "bars" ? "and" : "Series", "by", [["-", "none"], ...texts], now.by < 0 ? "-" : told.columns[now.by].name));
  }

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const figure = (value) => value === null ? "" : Number.isInteger(value) ? value.toLocaleString("en") : String(Number(value.toPrecision(4)));
  const day = (seconds) => new Date(seconds * 1000).toISOString().replace("T", " ").slice(0, 16);
  const moment = (seconds, step) => { const iso = new Date(seconds * 1000).toISOString(); return step >= 86400 ? iso.slice(0, 10) : step >= 60 ? iso.slice(5, 16).replace("T", " ") : iso.slice(11, 19); };
  const worded = (column, value) => value === null ? "–" : column.kind === "time" ? day(value) : column.kind === "number" ? figure(value) : value;

  function draw() {
    drawing?.destroy();
    const told = $(".as-plot", answer).told;
    const now = chosen(told);
    const target = $(".drawn", answer);
    const made = now.kind === "bars" ? bars(told, now, target) : curves(told, now, target);
    drawing = made.plot;
    $("figcaption", answer).textContent = made.says;
    target.setAttribute("aria-label", `${made.says} The table has the values.`);
  }

  const axis = () => ({ stroke: colour("soft"), font: `12px ${colour("text")}`, grid: { stroke: colour("line"), width: 1 }, ticks: { stroke: colour("line"), width: 1 } });

  // Bars lie, so that their names can be read.
  function bars(told, { x, y, by }, target) {
    const [names, figures] = [told.columns[x], told.columns[y]];
    const whole = figures.values.map((value, at) => [by < 0 ? worded(names, names.values[at]) : `${worded(names, names.values[at])} · ${worded(told.columns[by], told.columns[by].values[at])}`, value]);
    const rows = whole.slice(0, MOST_BARS);
    const room = Math.min(target.clientWidth * 0.45, 320);
    const paper = document.createElement("canvas").getContext("2d");
    paper.font = `12px ${colour("text")}`;
    const cut = (text) => {
      let short = text;
      while (short && paper.measureText(short + (short === text ? "" : "…")).width > room) short = short.slice(0, -1);
      return short === text ? text : `${short}…`;
    };
    const labels = rows.map(([text]) => cut(text));
    const widest = Math.max(...labels.map((text) => paper.measureText(text).width), 10);
    const most = Math.max(0, ...rows.map(([, value]) => value ?? 0));
    const least = Math.min(0, ...rows.map(([, value]) => value ?? 0));
    const plot = new uPlot({
      width: target.clientWidth, height: rows.length * 24 + 60, legend: { show: false }, cursor: { show: false },
      padding: [4, 56, 0, 4],
      scales: { x: { time: false, ori: 1, dir: -1, range: [-0.6, rows.length - 0.4] }, y: { ori: 0, range: [least * 1.02, most * 1.02 || 1] } },
      axes: [
        { ...axis(), side: 3, size: widest + 16, grid: { show: false }, ticks: { show: false }, stroke: colour("ink"), splits: () => rows.map((_, at) => at), values: () => labels },
        { ...axis(), side: 2, space: 70, values: (_, splits) => splits.map(figure), label: figures.name, labelFont: `12px ${colour("text")}`, labelSize: 20 },
      ],
      series: [{}, { fill: colour("plot-1"), width: 0, points: { show: false }, paths: uPlot.paths.bars({ size: [0.66, 28] }) }],
      hooks: { draw: [(u) => {
        u.ctx.save();
        u.ctx.fillStyle = colour("ink");
        u.ctx.font = `${12 * devicePixelRatio}px ${colour("text")}`;
        u.ctx.textBaseline = "middle";
        u.ctx.textAlign = "left";
        rows.forEach(([, value], at) => { if (value !== null) u.ctx.fillText(figure(value), u.valToPos(Math.max(value, 0), "y", true) + 6 * devicePixelRatio, u.valToPos(at, "x", true)); });
        u.ctx.restore();
      }] },
    }, [rows.map((_, at) => at), rows.map(([, value]) => value)], fresh(target));
    const ranked = rows.filter(([, value]) => value !== null).sort((a, b) => a[1] - b[1]);
    const range = ranked.length ? ` From ${figure(ranked[0][1])} (${ranked[0][0]}) to ${figure(ranked.at(-1)[1])} (${ranked.at(-1)[0]}).` : "";
    const left = whole.length > rows.length ? ` The first ${rows.length} of ${whole.length} are drawn.` : "";
    return { plot, says: `${figures.name} by ${names.name}${by < 0 ? "" : ` and ${told.columns[by].name}`}, ${rows.length} bars.${range}${left}` };
  }

  function curves(told, { kind, x, y, by }, target) {
    const [across, figures] = [told.columns[x], told.columns[y]];
    const order = across.values.map((_, at) => at).filter((at) => across.values[at] !== null && figures.values[at] !== null).sort((a, b) => across.values[a] - across.values[b] || a - b);
    const named = (at) => by < 0 ? figures.name : worded(told.columns[by], told.columns[by].values[at]);
    const times = new Map();
    for (const at of order) times.set(named(at), (times.get(named(at)) ?? 0) + 1);
    const all = [...times.keys()];
    const own = [...all].sort((a, b) => times.get(b) - times.get(a)).slice(0, MOST_SERIES).sort((a, b) => all.indexOf(a) - all.indexOf(b));
    const ink = own.map((_, at) => colour(`plot-${at % 6 + 1}`));
    const plot = new uPlot({
      width: target.clientWidth, height: Math.max(260, Math.min(420, target.clientWidth * 0.5)), padding: [12, 16, 0, 0],
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
      scales: { x: { time: across.kind === "time" } },
      cursor: { points: { size: 9 }, drag: { x: true, y: false } },
      legend: { show: true, live: true },
      axes: [
        { ...axis(), ...(across.kind === "time" ? { space: 110, values: (_u, splits, _axis, _space, step) => splits.map((at) => moment(at, step)) } : {}), label: across.name, labelFont: `12px ${colour("text")}`, labelSize: 22 },
        { ...axis(), label: figures.name, labelFont: `12px ${colour("text")}`, labelSize: 20, size: 60, values: (_, splits) => splits.map(figure) },
      ],
      series: [
        { label: across.name, value: (_, value) => value === null ? "–" : worded(across, value) },
        ...own.map((name, at) => ({
          label: name, stroke: ink[at], width: kind === "line" ? 2 : 0, dash: kind === "line" ? DASHES[at % DASHES.length] : [], spanGaps: true,
          paths: kind === "line" ? undefined : () => null, value: (_, value) => value === null ? "–" : figure(value),
          points: { show: kind === "points" || order.length <= 60, size: kind === "points" ? 8 : 6, stroke: ink[at], fill: at % 2 ? colour("page") : ink[at], width: 1.5 },
        })),
      ],
    }, [order.map((at) => across.values[at]), ...own.map((name) => order.map((at) => named(at) === name ? figures.values[at] : null))], fresh(target));
    const values = order.map((at) => figures.values[at]);
    const least = values.reduce((a, b) => Math.min(a, b), Infinity);
    const most = values.reduce((a, b) => Math.max(a, b), -Infinity);
    const range = order.length ? ` ${figures.name} goes from ${figure(least)} to ${figure(most)}.` : " There are no figures.";
    const left = all.length > own.length ? ` ${own.length} of ${all.length} series are drawn.` : "";
    return { plot, says: `${figures.name} over ${across.name}${by < 0 ? "" : `, a ${kind === "line" ? "line" : "colour"} for each ${told.columns[by].name}`}, ${order.length} points.${range}${left}` };
  }

  function fresh(target) {
    target.replaceChildren();
    return target;
  }

  // Drawn anew in other colours, or at another width.
  const again = () => { if (drawing && address().get("show") === "plot" && $(".as-plot", answer)) draw(); };
  new MutationObserver(again).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
  let width = 0;
  new ResizeObserver(() => { if (answer.clientWidth !== width) { width = answer.clientWidth; again(); } }).observe(answer);

  Object.assign(keys, {
    q: () => box.focus(),
    v: () => follow($('.switch button[aria-pressed="false"]', answer)),
  });
  showPast();
  showKept();
  if (box.value.trim()) ask(box.value, true);
  else box.focus({ preventScroll: true });
}
