// @ts-check
/** The address is the state: a link reproduces the screen, and Back works. */
import { signal } from "./html.js";

/** @typedef {{screen: string, rest: string, query: URLSearchParams}} Route */

/** @returns {Route} */
function read() {
  const [, screen = "", ...rest] = location.pathname.split("/");
  return { screen, rest: rest.map(decoded).join("/"), query: new URLSearchParams(location.search) };
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Where the reader is. */
export const route = signal(read());
addEventListener("popstate", () => (route.value = read()));

/** Goes somewhere. @param {string} to @param {{replace?: boolean}} [options] */
export function go(to, { replace = false } = {}) {
  if (to === location.pathname + location.search) return;
  if (replace) history.replaceState(null, "", to);
  else history.pushState(null, "", to);
  const before = route.value;
  route.value = read();
  if (before.screen !== route.value.screen || before.rest !== route.value.rest) scrollTo(0, 0);
}

/** The present address with other parameters; empty ones go. @param {Record<string, string | number | null | undefined>} changes */
export function here(changes) {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === undefined || value === "") query.delete(name);
    else query.set(name, String(value));
  }
  const text = query.toString();
  return location.pathname + (text ? `?${text}` : "");
}

/** Goes there. @param {Parameters<typeof here>[0]} changes @param {{replace?: boolean}} [options] */
export const requery = (changes, options = { replace: true }) => go(here(changes), options);

/** Links of our own are followed without loading the page anew. */
document.addEventListener("click", (event) => {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = /** @type {Element} */ (event.target).closest?.("a[href]");
  if (!(link instanceof HTMLAnchorElement) || link.target || link.origin !== location.origin) return;
  if (!link.dataset.within) return;
  event.preventDefault();
  go(link.pathname + link.search);
});
