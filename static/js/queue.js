// The inbox as a list to work through: selecting, peeking, going on, coming back.
(() => {
  const PLACE = "inbox-place";
  const all = () => [...document.querySelectorAll("[data-rows] [data-row]:not([hidden])")];
  const current = () => document.querySelector("[data-rows] [data-cursor]");
  const main = (row) => row.querySelector("[data-row-key=o]");
  const box = (row) => row?.querySelector("input[type=checkbox]");
  const open = (row) => row.querySelector(".peek:not([hidden])");

  // One row at a time takes part in Tab: that under the cursor, else the first.
  function rove() {
    const here = current() || all()[0];
    all().forEach((row) => {
      row.firstElementChild.ariaSelected = String(row === current());
      row.querySelectorAll("a, button, input:not([type=hidden])").forEach((el) => { if (row === here) el.removeAttribute("tabindex"); else el.tabIndex = -1; });
    });
  }
  function count() {
    const chosen = document.querySelectorAll("[data-rows] input[type=checkbox]:checked").length, words = document.querySelector("[data-selected]");
    if (words) words.textContent = `${chosen} selected:`;
  }
  let last = null;
  function extend(row) {
    const rows = all(), from = rows.indexOf(last?.isConnected ? last : row), to = rows.indexOf(row);
    rows.slice(Math.min(from, to), Math.max(from, to) + 1).forEach((each) => { const tick = box(each); if (tick) tick.checked = true; });
    last = row;
    count();
  }
  document.addEventListener("focusin", (event) => {
    const row = event.target.closest?.("[data-rows] [data-row]");
    if (row) { rove(); remember(row); }
  });
  document.addEventListener("keydown", (event) => {
    const off = document.documentElement.dataset.keys === "off" || event.ctrlKey || event.metaKey || event.altKey || event.isComposing;
    if (event.key !== "X" || off || event.target.closest("textarea, select, input:not([type=checkbox])") || document.querySelector("dialog[open]")) return;
    if (box(current())) { event.preventDefault(); extend(current()); }
  });
  document.addEventListener("click", (event) => {
    const tick = event.target.closest?.("[data-rows] input[type=checkbox]");
    if (!tick) return;
    const row = tick.closest("[data-row]");
    if (event.shiftKey && tick.checked) extend(row);
    last = row;
    count();
  });

  // A peek is fetched once; afterwards the same control folds and unfolds it, as others
  // do the rows that stand under one they resemble.
  document.addEventListener("click", (event) => {
    const fold = event.target.closest?.("[data-peek]"), unfold = event.target.closest?.("[data-unfold]");
    const there = fold?.closest("[data-row]")?.querySelector(".peek");
    if (there) {
      event.preventDefault();
      event.stopPropagation();
      there.hidden = !there.hidden;
      fold.ariaExpanded = String(!there.hidden);
    } else if (fold) {
      event.preventDefault();
      fold.ariaExpanded = "true";
      htmx.ajax("GET", fold.getAttribute("href"), { target: fold.closest("[data-row]"), swap: "beforeend", source: fold });
    }
    const ask = event.target.closest?.("[data-ask]");
    if (ask) { event.preventDefault(); htmx.ajax("GET", ask.getAttribute("href"), { target: "#dialog", swap: "innerHTML", source: ask }); }
    if (unfold) {
      const under = [...document.querySelectorAll(`[data-under="${unfold.dataset.unfold}"]`)];
      event.preventDefault();
      under.forEach((row) => { row.hidden = !row.hidden; });
      unfold.ariaExpanded = String(!under[0]?.hidden);
    }
  }, true);

  // After a decision in the list the cursor goes on, and looks into the next as before.
  let looked = false;
  document.addEventListener("htmx:beforeRequest", () => { const here = current(); if (here) looked = Boolean(open(here)); });
  document.addEventListener("inbox:done", () => {
    const dialog = document.querySelector("dialog[open]");
    dialog?.close();
    const rows = all(), done = rows.findLastIndex((row) => "done" in row.dataset && !row.dataset.seen);
    rows.forEach((row) => { if ("done" in row.dataset) row.dataset.seen = "1"; });
    const next = rows.slice(done + 1).find((row) => !("done" in row.dataset)) || rows.find((row) => !("done" in row.dataset));
    if (!next) return;
    current()?.removeAttribute("data-cursor");
    main(next)?.focus();
    if (looked && !open(next)) next.querySelector("[data-peek]")?.click();
    count();
  });

  // Coming back to the same list, the cursor stands where it was; where that one is
  // decided, on the one that took its place.
  const here = () => location.pathname + location.search;
  function remember(row) {
    try { sessionStorage.setItem(PLACE, JSON.stringify({ url: here(), id: row.id, at: all().indexOf(row) })); } catch { /* without storage it begins at the top */ }
  }
  function restore() {
    if (document.activeElement !== document.body || location.hash) return;
    let place = null;
    try { place = JSON.parse(sessionStorage.getItem(PLACE)); } catch { return; }
    if (place?.url !== here()) return;
    const row = document.getElementById(place.id) || all()[Math.min(place.at, all().length - 1)];
    if (row) { main(row)?.focus({ preventScroll: true }); row.scrollIntoView({ block: "center" }); }
  }
  document.addEventListener("htmx:afterSettle", (event) => { if (event.target.id === "queue" || event.target.closest?.("[data-rows]")) { rove(); count(); } });
  if (all().length) { rove(); restore(); }
})();
