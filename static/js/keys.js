// The keyboard: every key clicks a control that is on the page and says so.
// <a data-key="g i">, <button data-key="a">; in a list, <a data-row-key="o"> acts on
// the row under the cursor. No control, no key.
(() => {
  const SEQUENCE_MS = 1200;
  const typing = (el) => el.closest("textarea, select, [contenteditable], input:not([type=checkbox], [type=radio], [type=button], [type=submit])");
  const usable = (el) => !el.disabled && el.ariaDisabled !== "true" && (el.checkVisibility?.() ?? true);
  const controls = (attribute, key, root) => [...root.querySelectorAll(`[${attribute}]`)].filter((el) => el.getAttribute(attribute) === key && usable(el));
  let prefix = "", prefixTimer = 0;

  function find(key) {
    const row = current();
    return (row && controls("data-row-key", key, row)[0]) || controls("data-key", key, document.getElementById("main"))[0] || controls("data-key", key, document).at(-1);
  }

  function press(el) {
    if (el.matches("input:not([type=checkbox], [type=radio]), textarea, select")) { el.focus(); el.select?.(); }
    else {
      // So that what opens and closes leads back here, not to nothing.
      if (document.activeElement === document.body) el.focus({ preventScroll: true });
      el.click();
    }
  }

  // The row cursor: j and k move it, focus follows it, and it survives a swap.
  const rows = () => [...document.querySelectorAll("[data-rows] [data-row]")].filter((row) => row.checkVisibility?.() ?? true);
  const current = () => document.querySelector("[data-rows] [data-cursor]");
  function move(by) {
    const all = rows();
    if (!all.length) return false;
    const at = all.indexOf(current());
    point(all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + by, 0), all.length - 1)]);
    return true;
  }
  function point(row) {
    current()?.removeAttribute("data-cursor");
    row.setAttribute("data-cursor", "");
    const target = row.querySelector("[data-focus], [data-row-key=o]") || row;
    if (target === row) row.tabIndex = -1;
    target.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }

  document.addEventListener("focusin", (event) => {
    const row = event.target.closest?.("[data-rows] [data-row]");
    if (row && row !== current()) { current()?.removeAttribute("data-cursor"); row.setAttribute("data-cursor", ""); }
  });

  document.addEventListener("keydown", (event) => {
    // 229: the first stroke of a composition, which does not say yet that it is one.
    if (event.isComposing || event.keyCode === 229 || event.defaultPrevented || !event.key) return;
    if (event.key === "Escape" && typing(event.target) && !event.target.closest("dialog")) return event.target.blur();
    // AltGr is how many keyboards write [ and ]; browsers tell it as Control and Alt.
    const held = !event.getModifierState("AltGraph") && (event.ctrlKey || event.metaKey || event.altKey);
    if (held && !event.altKey) return withModifier(event);
    if (held || typing(event.target) || document.querySelector("dialog[open]")) return;
    if (document.documentElement.dataset.keys === "off" || event.key.length > 1) return;
    // A key that is held down walks a list; it does not decide about all of it.
    if (event.repeat && !"jknp".includes(event.key)) return;
    const key = prefix ? `${prefix} ${event.key}` : event.key;
    prefix = "";
    if (act(key)) return event.preventDefault();
    if ([...document.querySelectorAll(`[data-key^="${CSS.escape(event.key)} "]`)].length) {
      prefix = event.key;
      clearTimeout(prefixTimer);
      prefixTimer = setTimeout(() => { prefix = ""; }, SEQUENCE_MS);
    }
  });

  function withModifier(event) {
    if (event.repeat) return;
    if (event.key === "Enter") {
      const form = event.target.closest("form");
      if (!form || event.target.matches("button, a")) return;
      const button = form.querySelector("[data-submit]:not(:disabled)") || [...form.elements].find((el) => el.type === "submit" && !el.disabled);
      if (button) { event.preventDefault(); button.click(); }
    } else {
      const el = find(`mod+${event.key.toLowerCase()}`), dialog = document.querySelector("dialog[open]");
      if (!el) return;
      event.preventDefault();
      if (!dialog) press(el);
      else if (dialog.id === el.dataset.dialog) dialog.close();
    }
  }

  function act(key) {
    if (key === "j" || key === "k") return move(key === "j" ? 1 : -1);
    const el = find(key);
    if (el) press(el);
    return Boolean(el);
  }

  // The sheet lists the keys of this page, read from its controls; its own come first.
  const ROW_WORDS = { o: "Open" };
  function name(el) {
    const words = el.dataset.keyLabel || ROW_WORDS[el.dataset.rowKey] || el.ariaLabel || el.title;
    if (words) return words;
    const copy = el.cloneNode(true);
    copy.querySelectorAll("kbd, .nav__count, .visually-hidden").forEach((part) => part.remove());
    return copy.textContent.replace(/\s+/g, " ").trim();
  }
  const make = (tag, words, className = "") => Object.assign(document.createElement(tag), { textContent: words, className });
  const strokes = (key) => key.replace("mod+", navigator.platform.startsWith("Mac") ? "⌘ " : "Ctrl ").split(" ").map((each) => make("kbd", each));
  function fill(sheet) {
    const here = new Map(rows().length ? [["j", "Next"], ["k", "Previous"]] : []), everywhere = new Map();
    document.querySelectorAll("[data-row-key], [data-key]").forEach((el) => {
      const key = el.dataset.key || el.dataset.rowKey, own = el.closest("#main, #flash");
      if (el.closest("dialog") || !usable(el)) return;
      if (own) everywhere.delete(key);
      if (!here.has(key)) (own ? here : everywhere).set(key, name(el));
    });
    sheet.replaceChildren(...[["On this page", here], ["Everywhere", everywhere]].filter(([, keys]) => keys.size).flatMap(([title, keys]) => [make("h3", title), ...[...keys].map(([key, words]) => {
      const row = make("div", "", "sheet__row"), all = make("span", "");
      strokes(key).forEach((each) => all.append(each, " "));
      row.append(make("span", words), all);
      return row;
    })]));
  }

  // The palette also does what the page's own keys do, and shows them.
  function offer(typed) {
    const words = typed.trim().toLowerCase(), seen = new Set(["/"]);
    const found = [...document.querySelectorAll("#main [data-key], #flash [data-key]")].filter((el) => {
      if (seen.has(el.dataset.key) || !usable(el) || !name(el).toLowerCase().includes(words)) return false;
      return seen.add(el.dataset.key);
    });
    document.getElementById("palette-here").replaceChildren(...found.slice(0, words ? 6 : 4).map((el) => {
      const item = document.createElement("li"), button = make("button", "", "menu__item"), palette = document.getElementById("palette");
      button.type = "button";
      button.append(make("span", name(el), "grow"), ...strokes(el.dataset.key));
      button.addEventListener("click", () => {
        palette.addEventListener("close", () => press(el), { once: true });
        palette.close();
      });
      item.append(button);
      return item;
    }));
  }
  document.addEventListener("input", (event) => { if (event.target.closest("#palette")) offer(event.target.value); });
  document.addEventListener("dialog:open", (event) => { if (event.target.id === "palette") offer(event.target.querySelector("input").value); });
  document.addEventListener("dialog:open", (event) => event.target.querySelectorAll("[data-sheet]").forEach(fill));
})();
