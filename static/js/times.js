// Times stay relative while the page is open; a hold counts down by the second.
(() => {
  const UNITS = [["year", 31536000], ["month", 2592000], ["day", 86400], ["hour", 3600], ["minute", 60]];
  const spoken = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  const local = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

  function relative(seconds) {
    const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) || ["second", 1];
    return unit === "second" ? "just now" : spoken.format(Math.trunc(seconds / size), unit);
  }
  function refresh() {
    document.querySelectorAll("time[data-relative]").forEach((el) => {
      const at = Date.parse(el.dateTime);
      const words = relative((at - Date.now()) / 1000);
      // What stays as it is stays selected, and is not read out again.
      if (el.textContent !== words) el.textContent = words;
      if (!el.dataset.local) { el.dataset.local = local.format(at); el.title += ` (${el.dataset.local} here)`; }
    });
  }
  function count() {
    document.querySelectorAll("time[data-countdown]").forEach((el) => {
      const left = Math.ceil((Date.parse(el.dateTime) - Date.now()) / 1000);
      el.textContent = left <= 0 ? "now" : left < 120 ? `in ${left} s` : `in ${Math.ceil(left / 60)} min`;
    });
  }
  setInterval(refresh, 30000);
  setInterval(count, 1000);
  document.addEventListener("htmx:afterSettle", () => { refresh(); count(); });
  refresh();
  count();
})();
