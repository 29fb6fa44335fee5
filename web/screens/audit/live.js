// @ts-check
/** Lines of the audit: a page when it is asked for, and those that come while one looks. */
import { get } from "../../lib/api.js";
import { useEffect, useRef, useState } from "../../lib/html.js";
import { useTopic } from "../../lib/topics.js";

/** Lines of a page. */
const PAGE = 100;
/** Lines that are kept: older ones are found by a filter. */
const MOST = 5000;

/** @typedef {import("../../lib/api-types.js").AuditEntry} Entry */

/** @param {Record<string, string>} filter */
function asked({ since, ...rest }) {
  const hours = /^(\d+)([mh])$/.exec(since);
  const ms = hours ? Number(hours[1]) * (hours[2] === "m" ? 60_000 : 3_600_000) : 0;
  return { ...rest, since: ms ? new Date(Date.now() - ms).toISOString() : "" };
}

/** @param {Record<string, string>} filter @param {any} entry */
const fits = (filter, entry) => ["action", "target", "subject", "outcome"].every((name) => !filter[name] || entry[name] === filter[name]);

/**
 * @param {Record<string, string>} filter
 * @returns {{entries: Entry[], next: number | null, loading: boolean, busy: boolean, error: any, more: () => void, again: () => void}}
 */
export function useAudit(filter) {
  const key = JSON.stringify(filter);
  const [state, setState] = useState({ key: "", entries: /** @type {Entry[]} */ ([]), next: /** @type {number | null} */ (null), error: /** @type {any} */ (null) });
  const [busy, setBusy] = useState(false);
  const [round, setRound] = useState(0);
  const present = useRef(key);
  present.current = key;
  useEffect(() => {
    const ending = new AbortController();
    get("/audit", { ...asked(filter), limit: PAGE }, ending.signal).then(
      (page) => setState({ key, entries: page.entries, next: page.next_before ?? null, error: null }),
      (error) => !ending.signal.aborted && setState((before) => ({ ...before, key, error })),
    );
    return () => ending.abort();
  }, [key, round]);
  /** @type {Entry[] | null} */
  const told = useTopic("audit");
  useEffect(() => {
    if (!told?.length) return;
    setState((before) => {
      const newest = before.entries[0]?.id ?? 0;
      const fresh = told.filter((entry) => entry.id > newest && fits(filter, entry)).sort((a, b) => b.id - a.id);
      return before.key !== key || !fresh.length ? before : { ...before, entries: [...fresh, ...before.entries].slice(0, MOST) };
    });
  }, [told, state.key]);
  const more = () => {
    setBusy(true);
    get("/audit", { ...asked(filter), limit: PAGE, before: state.next })
      .then((page) => present.current === key && setState((before) => ({ ...before, entries: [...before.entries, ...page.entries].slice(0, MOST), next: before.entries.length + page.entries.length >= MOST ? null : (page.next_before ?? null), error: null })))
      .catch((error) => present.current === key && setState((before) => ({ ...before, error })))
      .finally(() => setBusy(false));
  };
  const known = state.key === key;
  return { entries: known ? state.entries : [], next: known ? state.next : null, loading: !known, busy, error: known ? state.error : null, more, again: () => setRound((n) => n + 1) };
}
