// The memory browser: picked lines travel in the address as #L12-L18, a card shows itself
// under the pointer, and folders stay as somebody left them.
(() => {
  const lines = () => [...document.querySelectorAll("[data-lines] .source__line")];
  const picked = () => location.hash.match(/^#L(\d+)(?:-L(\d+))?$/)?.slice(1).map(Number);

  function show(scroll) {
    lines().forEach((line) => line.removeAttribute("data-picked"));
    document.querySelectorAll("[data-copy-lines]").forEach((button) => { button.hidden = !navigator.clipboard; });
    const [from, to] = picked() || [];
    if (!from) return;
    const run = lines().slice(from - 1, (to || from));
    run.forEach((line) => line.setAttribute("data-picked", ""));
    if (scroll && to) run[0]?.scrollIntoView({ block: "center" });
  }

  // Shift+click on a line's number extends what is picked.
  document.addEventListener("click", (event) => {
    const number = event.target.closest?.("[data-lines] .source__no");
    const first = picked()?.[0];
    if (number && event.shiftKey && first) {
      event.preventDefault();
      const ends = [first, Number(number.textContent)].sort((a, b) => a - b);
      history.replaceState(history.state, "", `#L${ends[0]}-L${ends[1]}`);
      show();
    }
    const copy = event.target.closest?.("[data-copy-lines]");
    if (copy) navigator.clipboard.writeText(location.href).then(() => { copy.querySelector("span").textContent = "Copied"; });
  });
  addEventListener("hashchange", () => show(true));
  document.addEventListener("htmx:afterSettle", () => show());
  show(true);

  // A click opens a card for good; resting on it opens it for as long as one stays.
  let timer = 0, hovered = null;
  const card = (el) => document.getElementById(el?.getAttribute("popovertarget"));
  document.addEventListener("pointerover", (event) => {
    if (event.pointerType !== "mouse") return;
    const why = event.target.closest?.(".source__why");
    clearTimeout(timer);
    if (why && !document.querySelector(".why:popover-open")) timer = setTimeout(() => { hovered = card(why); hovered?.showPopover({ source: why }); }, 350);
    else if (hovered && !why && !hovered.contains(event.target)) timer = setTimeout(() => { if (hovered?.matches(":popover-open")) hovered.hidePopover(); hovered = null; }, 250);
  });

  if (window.Idiomorph) Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name, el) => !(name === "open" && el.matches("details[data-keep]"));
})();
