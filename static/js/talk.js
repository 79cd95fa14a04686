// A comment is about the line that n has reached, or whose number is clicked: the form of
// the operation opens on it. Without this, the form offers the lines.
(() => {
  const number = (line) => [...line.querySelectorAll(".hunk__no")].at(-1)?.dataset.no;
  document.addEventListener("htmx:configRequest", (event) => {
    const link = event.target.closest?.("[data-say]");
    const line = link && link.closest("[data-row]")?.querySelector(".hunk__line[data-here]");
    if (line && number(line)) event.detail.parameters.line = number(line);
  });
  document.addEventListener("click", (event) => {
    const line = event.target.closest?.("[data-row] .hunk__no")?.closest(".hunk__line");
    const link = line && line.closest("[data-row]").querySelector("[data-say]");
    if (!link || !number(line)) return;
    document.querySelectorAll(".hunk__line[data-here]").forEach((other) => other.removeAttribute("data-here"));
    line.setAttribute("data-here", "");
    link.click();
  });
  // Whoever opens an answer types it at once.
  document.addEventListener("toggle", ({ target }) => {
    if (target.matches(".thread__answer[open]") && target.contains(document.activeElement)) target.querySelector("textarea").focus();
  }, true);
})();
