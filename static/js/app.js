// Glue that HTML and htmx cannot do: dialogs, toasts, focus after a swap, the loading line.
(() => {
  if (window.Idiomorph) Idiomorph.defaults.ignoreActiveValue = true;
  const on = (type, run) => document.addEventListener(type, run);

  // Dialogs: data-dialog="id" opens, data-close closes, focus returns to the opener.
  let opener = null;
  function open(dialog) {
    opener = document.activeElement;
    if (!dialog.open) dialog.showModal();
    dialog.dispatchEvent(new CustomEvent("dialog:open", { bubbles: true }));
    dialog.querySelector("[autofocus], [aria-invalid=true]")?.focus();
  }
  on("click", (event) => {
    const trigger = event.target.closest?.("[data-dialog]");
    const dialog = trigger && document.getElementById(trigger.dataset.dialog);
    if (dialog) { event.preventDefault(); open(dialog); }
    if (event.target.closest?.("[data-close]")) { event.preventDefault(); event.target.closest("dialog").close(); }
    if (event.target.matches?.("dialog")) event.target.close();
    document.querySelectorAll("details.menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  });
  // In the palette arrows walk the targets, Enter in the field takes the first.
  on("keydown", (event) => {
    const palette = event.target.closest?.("#palette");
    if (!palette || event.isComposing) return;
    const stops = [palette.querySelector("input"), ...palette.querySelectorAll("ul button, a")];
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by) { event.preventDefault(); stops[(stops.indexOf(event.target) + by + stops.length) % stops.length].focus(); }
    else if (event.key === "Enter" && event.target === stops[0]) stops[1]?.click();
  });
  document.addEventListener("close", (event) => {
    if (event.target.id === "dialog") event.target.replaceChildren();
    if (opener?.isConnected) opener.focus();
  }, true);
  on("keydown", (event) => {
    const menu = event.key === "Escape" && event.target.closest?.("details.menu[open]");
    if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
  });

  // Toasts leave after their time, but never under a pointer or the focus.
  const held = (toast) => toast.matches(":hover") || toast.contains(document.activeElement);
  function watch(toast) {
    let left = Number(toast.dataset.seconds || 10);
    toast.dataset.watched = "";
    const timer = setInterval(() => {
      if (!toast.isConnected) clearInterval(timer);
      else if (!held(toast) && --left <= 0) { clearInterval(timer); toast.remove(); }
    }, 1000);
  }
  const flash = document.getElementById("flash");
  const watchAll = () => {
    const fresh = [...flash.querySelectorAll(".toast:not([data-watched])")];
    fresh.forEach((toast) => { if (toast.dataset.seconds !== "0") watch(toast); });
    // What is shown last lies on top, over an open dialog too.
    if (fresh.length && flash.togglePopover) { flash.hidePopover(); flash.showPopover(); }
  };
  new MutationObserver(watchAll).observe(flash, { childList: true });
  watchAll();
  on("htmx:afterRequest", (event) => { if (event.detail.successful) event.detail.elt.closest(".toast")?.remove(); });
  on("click", (event) => { if (event.target.closest?.("[data-dismiss]")) event.target.closest(".toast, .notice").remove(); });

  // The loading line appears only when an answer takes longer than 200 ms.
  const waiting = new Map();
  on("htmx:beforeRequest", ({ detail }) => {
    if (detail.elt.closest("[data-quiet]")) return;
    waiting.set(detail.xhr, setTimeout(() => { document.body.dataset.busy = ""; detail.target.ariaBusy = "true"; }, 200));
  });
  on("htmx:afterRequest", ({ detail }) => {
    clearTimeout(waiting.get(detail.xhr));
    if (waiting.delete(detail.xhr)) detail.target.removeAttribute("aria-busy");
    if (!waiting.size) delete document.body.dataset.busy;
  });
  // A failure that is not ours to tell (a proxy's page) is told in one line.
  on("htmx:beforeSwap", ({ detail }) => {
    if (detail.xhr.status < 400 || detail.xhr.getResponseHeader("X-Request-ID")) return;
    detail.shouldSwap = false;
    say(`Something between here and the server answered with ${detail.xhr.status}. Try again in a moment.`);
  });
  on("htmx:sendError", () => say("The server cannot be reached. Look whether it happened, then try again."));
  function say(text) {
    const toast = Object.assign(document.createElement("div"), { className: "toast", textContent: text });
    toast.dataset.tone = "danger";
    flash.append(toast);
  }

  // Focus is never lost to the body: it returns to the control that was only disabled
  // for the request; what the swap removed hands it to the new heading.
  let focused = null;
  on("htmx:beforeRequest", (event) => { if (!event.detail.elt.closest("[data-quiet]")) focused = document.activeElement; });
  on("htmx:afterSettle", (event) => {
    if (event.detail.target.id === "dialog") return open(event.detail.target);
    // What asked; the event itself is about what came.
    const asked = event.detail.requestConfig?.elt || event.detail.elt;
    // Once the request is over: until then what asked may be disabled.
    queueMicrotask(() => {
      if (document.activeElement !== document.body || asked.closest?.("[data-quiet]")) return;
      if (focused?.isConnected && focused !== document.body && !focused.disabled) return focused.focus({ preventScroll: true });
      const heading = document.querySelector("#main [data-focus-after]") || document.querySelector("#main h1");
      if (heading) { heading.tabIndex = -1; heading.focus({ preventScroll: true }); }
    });
  });

  // data-jump="next" data-among=".hunk" goes to the next one below, and round again.
  on("click", (event) => {
    const button = event.target.closest?.("[data-jump]");
    if (!button) return;
    const all = [...document.querySelectorAll(button.dataset.among)].filter((el) => el.checkVisibility());
    if (!all.length) return;
    const here = all.findIndex((el) => el.hasAttribute("data-here")), at = here < 0 ? all.indexOf(document.querySelector(":target")) : here;
    const next = all[(at + (button.dataset.jump === "next" ? 1 : at < 0 ? 0 : -1) + all.length) % all.length];
    all[at]?.removeAttribute("data-here");
    next.setAttribute("data-here", "");
    next.tabIndex = -1;
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "center" });
    const place = document.getElementById(button.dataset.jumpSays);
    if (place) place.textContent = `${button.dataset.jumpWord} ${all.indexOf(next) + 1} of ${all.length}`;
  });

  // The theme changes at once; the form beside it remembers it.
  on("submit", (event) => {
    if (event.target.matches("[data-theme-form]") && event.submitter) document.documentElement.dataset.theme = event.submitter.value;
  });
  // data-copy="id" copies that element's text, data-copy-link="#s17" the page's address
  // with that end, data-copy-from="/url" what that address answers; each says so.
  on("click", async (event) => {
    const button = event.target.closest?.("[data-copy], [data-copy-link], [data-copy-from]");
    if (!button) return;
    const { copy, copyLink, copyFrom } = button.dataset;
    try {
      if (copy) await write(document.getElementById(copy).textContent.trim());
      else if (copyLink) await write(location.href.split("#")[0] + copyLink);
      else {
        const answer = await fetch(copyFrom);
        if (!answer.ok) throw new Error(answer.statusText);
        await write(await answer.text());
      }
      button.textContent = "Copied";
    } catch { say("It could not be copied."); }
  });
  // Without TLS a browser offers no clipboard, but still copies what is selected.
  async function write(text) {
    if (navigator.clipboard) return navigator.clipboard.writeText(text);
    const field = Object.assign(document.createElement("textarea"), { value: text });
    const focus = document.activeElement;
    (document.querySelector("dialog[open]") || document.body).append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    focus?.focus();
    if (!done) throw new Error("refused");
  }
  // data-reveal="id" shows what was typed into a password field, and hides it again.
  document.querySelectorAll("[data-reveal]").forEach((button) => { button.hidden = false; });
  on("click", (event) => {
    const button = event.target.closest?.("[data-reveal]");
    if (!button) return;
    const input = document.getElementById(button.dataset.reveal);
    input.type = input.type === "password" ? "text" : "password";
    button.textContent = input.type === "password" ? "Show" : "Hide";
  });
  // Whoever comes back finds the page where they left it: the browser's own guess takes what
  // sticks to the top for what stood there.
  addEventListener("pagehide", () => sessionStorage.setItem("at:" + location.href, scrollY));
  if (performance.getEntriesByType("navigation")[0]?.type === "back_forward") {
    const at = sessionStorage.getItem("at:" + location.href);
    if (at !== null) addEventListener("load", () => requestAnimationFrame(() => requestAnimationFrame(() => scrollTo(0, at))));
  }
  // What is current in a strip that scrolls stands in view.
  document.querySelectorAll(".tabs [aria-current], .nav [aria-current]").forEach((el) => el.scrollIntoView({ block: "nearest", inline: "nearest" }));
})();
