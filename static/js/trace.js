// A run's rail and the acts on a step; all of it only shortens ways that links go too.
(() => {
  const rail = document.getElementById("rail"), view = document.getElementById("view"), list = document.getElementById("steps"), look = document.querySelector(".look");
  if (!rail || !list) return;
  const total = rail.viewBox.baseVal.height;
  const go = (number) => { if (document.getElementById(`s${number}`)) location.hash = `s${number}`; };

  // A click on the rail goes to the step at that height.
  rail.addEventListener("click", (event) => {
    if (event.target.closest("a")) return;
    const box = rail.getBoundingClientRect();
    go(Math.min(total - 1, Math.floor((event.clientY - box.top) / box.height * total)));
  });

  // What stands on the screen is tinted on the rail.
  const number = (y) => {
    const box = list.getBoundingClientRect();
    const step = document.elementFromPoint(box.left + 60, Math.min(Math.max(y, box.top + 2), box.bottom - 2))?.closest(".step");
    return step ? Number(step.id.slice(1)) : null;
  };
  let asked = false;
  function show() {
    asked = false;
    const first = number(Math.max(look.getBoundingClientRect().bottom, 0) + 4), last = number(innerHeight - 4);
    if (first === null || last === null) return;
    view.setAttribute("y", first);
    view.setAttribute("height", Math.max(last - first + 1, total / 100));
  }
  addEventListener("scroll", () => { if (!asked) { asked = true; requestAnimationFrame(show); } }, { passive: true });
  show();

  // A step that is linked to stands open, with whatever holds it.
  function reveal() {
    const target = document.getElementById(location.hash.slice(1));
    for (let at = target?.closest("details:not([open])"); at; at = at.parentElement.closest("details:not([open])")) at.open = true;
    if (!target) return;
    target.scrollIntoView();
    // Again while what is above it gets its height, until somebody goes elsewhere.
    const until = performance.now() + 3000;
    let left = false;
    for (const act of ["wheel", "keydown", "pointerdown"]) addEventListener(act, () => { left = true; }, { once: true, passive: true });
    requestAnimationFrame(function again() {
      if (left || performance.now() > until) return;
      const { top } = target.getBoundingClientRect();
      if (top < 0 || top > innerHeight / 2) target.scrollIntoView();
      requestAnimationFrame(again);
    });
  }
  addEventListener("hashchange", reveal);
  // Whoever comes back finds the place that they left.
  if (location.hash && performance.getEntriesByType("navigation")[0]?.type !== "back_forward") reveal();

  // The number of a step shows what can be done with it.
  list.addEventListener("click", (event) => {
    const link = event.target.closest(".step__no");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    const step = link.closest(".step"), shown = step.querySelector(":scope > div > .step__acts");
    if (shown) return shown.remove();
    const acts = document.getElementById("acts").content.firstElementChild.cloneNode(true);
    const id = step.id.slice(1);
    acts.querySelectorAll("[data-copy-link]").forEach((el) => { el.dataset.copyLink = `#${step.id}`; });
    acts.querySelectorAll("[data-copy-from]").forEach((el) => { el.dataset.copyFrom = el.dataset.copyFrom.replace("/steps/0", `/steps/${id}`); });
    acts.querySelectorAll("a").forEach((el) => { el.href = el.href.replace("/steps/0", `/steps/${id}`).replace("step=0", `step=${id}`); });
    step.lastElementChild.append(acts);
    history.replaceState(history.state, "", `#${step.id}`);
    acts.querySelector("button").focus();
  });
})();
