// @ts-check
/** The way back from one thing to the list it was found in, with that list's filters. */
import { useEffect } from "./html.js";
import { takeKeys } from "./keys.js";
import { go, route } from "./router.js";

/** A list's last address, by its path. @type {Map<string, string>} */
const last = new Map();

/** Remembers how a list is looked at now. @param {string} path */
export function useAsList(path) {
  const { query } = route.value;
  const text = query.toString();
  last.set(path, text ? `${path}?${text}` : path);
}

/** Where the list is; `Esc` goes there. @param {string} path @returns {string} */
export function useWayBack(path) {
  const to = last.get(path) ?? path;
  useEffect(() => takeKeys((key) => key === "Escape" && (go(to), true)), [to]);
  return to;
}
