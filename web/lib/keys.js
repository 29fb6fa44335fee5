// @ts-check
/** The keyboard: `g` and a letter goes to a screen, `/` to the filter, `j k Enter x` move in a list, `?` helps, `Esc` leaves. No single key changes anything on the server. */
import { go } from "./router.js";
import { SCREENS } from "./screens.js";

/** @type {Set<(key: string) => boolean>} */
const takers = new Set();
let waiting = 0;

/** Offers keys to a list until the answer is called; the newest taker goes first. @param {(key: string) => boolean} taker */
export function takeKeys(taker) {
  takers.add(taker);
  return () => void takers.delete(taker);
}

/** @param {EventTarget | null} target */
const writes = (target) => target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape" && writes(event.target)) return void (/** @type {HTMLElement} */ (event.target).blur());
  if (writes(event.target) || document.querySelector("dialog[open]")) return;
  if (Date.now() - waiting < 1500) {
    waiting = 0;
    const screen = SCREENS.find((known) => known.key === event.key);
    if (screen) {
      event.preventDefault();
      return go(screen.path);
    }
  }
  if (event.key === "g") return void (waiting = Date.now());
  if (event.key === "/") {
    const filter = document.querySelector("[data-filter]");
    if (filter instanceof HTMLElement) {
      event.preventDefault();
      filter.focus();
    }
    return;
  }
  if (event.key === "?") return go("/help");
  // A button or a link under the focus keeps its own keys.
  if (event.key === "Enter" && event.target instanceof HTMLElement && event.target.closest("a, button, summary")) return;
  for (const taker of [...takers].reverse()) if (taker(event.key)) return event.preventDefault();
});
