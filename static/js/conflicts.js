// A rollback with conflicts waits until somebody has chosen what stands at each place.
// The server refuses it anyway; here the button says so before it is pressed.
(() => {
  const places = [...document.querySelectorAll(".conflict:has([type=radio])")];
  const button = document.querySelector(".rollback__do"), hint = document.querySelector("[data-left]");
  if (!places.length || !button) return;

  function settle() {
    const left = places.filter((place) => !place.querySelector(":checked")).length;
    button.disabled = left > 0;
    hint.hidden = left === 0;
    hint.textContent = `Choose first what stands at ${left} place${left === 1 ? "" : "s"}.`;
  }
  document.addEventListener("change", settle);
  // A page that comes back from history brings its choices with it.
  window.addEventListener("pageshow", settle);
  settle();
})();
