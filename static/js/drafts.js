// What was typed when the session had ended waits in this tab for the page to come back:
// fields say data-draft, and a form's bound keeps words away from what has moved since.
(() => {
  const fields = () => [...document.querySelectorAll("[data-draft]")];
  const key = (field) => ["draft", location.pathname, field.name, document.querySelector("[name=bound]")?.value].join(" ");

  document.addEventListener("htmx:beforeOnLoad", (event) => {
    if (event.detail.xhr.status !== 401) return;
    fields().forEach((field) => { if (field.value) sessionStorage.setItem(key(field), field.value); });
  });
  fields().forEach((field) => {
    const kept = sessionStorage.getItem(key(field));
    if (kept) field.value = kept;
    sessionStorage.removeItem(key(field));
  });
})();
