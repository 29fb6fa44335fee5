// @ts-check
/** The pages of a filter: asked for as they are wanted, changed as the stream tells, asked for anew when it was cut. */
import { get } from "../../lib/api.js";
import { useEffect, useRef, useState } from "../../lib/html.js";
import { listen } from "../../lib/stream.js";
import { asked, fits } from "./filter.js";
import { append, change, NONE, NONE_BY_ID, PAGE, renew } from "./pages.js";

/** A first snapshot is there sooner, milliseconds. */
const LATE_MS = 1000;
/** Changes are gathered for so long before the table is drawn anew, milliseconds. */
const GATHER_MS = 150;
/** After a cut all that was loaded is asked for anew: so many pages at once, the others with a pause, milliseconds, between them. */
const ANEW = 5;
const PAUSE_MS = 150;

/** An age is looked at anew after so long, milliseconds. */
const AGES_MS = 15_000;

/**
 * @param {import("./filter.js").Filter} filter
 * @param {boolean} paused changes are held back and counted
 * The pages of the filter before are shown until those of this one are there: `of` says whose they are.
 * @returns {{pages: import("./pages.js").Pages, of: string, loading: boolean, more: () => void, again: () => void, error: any, held: number}}
 */
export function useOrders(filter, paused) {
  const key = JSON.stringify(filter);
  const [state, setState] = useState({ key: "", pages: NONE, error: /** @type {any} */ (null) });
  const [held, setHeld] = useState(0);
  const [round, setRound] = useState(0);
  const busy = useRef(false);
  const none = filter.q ? NONE_BY_ID : NONE;
  const now = useRef({ key, pages: none, filter, paused });
  /** What the stream told while a page was asked for: the page may be older. @type {{current: Map<string, any>}} */
  const meanwhile = useRef(new Map());
  if (now.current.key !== key) now.current.pages = none;
  Object.assign(now.current, { key, filter, paused });

  const show = (/** @type {import("./pages.js").Pages} */ pages, /** @type {any} */ error = null) => {
    now.current.pages = error ? pages : change(pages, [...meanwhile.current.values()], (order) => fits(now.current.filter, order));
    setState({ key: now.current.key, pages: now.current.pages, error });
  };
  const ask = (/** @type {string | null} */ cursor, /** @type {AbortSignal} */ signal) =>
    get("/orders", { ...asked(now.current.filter), limit: PAGE, cursor }, signal);

  useEffect(() => {
    const ending = new AbortController();
    const { signal } = ending;
    const load = async () => {
      const pages = Math.max(1, Math.ceil(now.current.pages.rows.length / PAGE));
      let fresh = now.current.filter.q ? NONE_BY_ID : NONE;
      for (let i = 0; i < pages && (i === 0 || fresh.next); i++) {
        if (i >= ANEW) await new Promise((done) => setTimeout(done, PAUSE_MS));
        fresh = append(fresh, await ask(fresh.next, signal));
        if (signal.aborted) return;
        show(renew(now.current.pages, fresh));
      }
    };
    busy.current = true;
    meanwhile.current.clear();
    load().catch((error) => !signal.aborted && show(now.current.pages, error)).finally(() => !signal.aborted && (busy.current = false));
    setHeld(0);
    return () => {
      ending.abort();
      busy.current = false;
    };
  }, [key, round]);

  useEffect(() => {
    /** @type {Map<string, any>} */
    const gathered = new Map();
    const waiting = new Set();
    let timer = 0;
    let snapshots = 0;
    const started = Date.now();
    const flush = () => {
      timer = 0;
      if (now.current.paused) {
        for (const id of gathered.keys()) waiting.add(id);
        gathered.clear();
        return setHeld(waiting.size);
      }
      waiting.clear();
      if (busy.current) for (const [id, order] of gathered) meanwhile.current.set(id, order);
      else meanwhile.current.clear();
      const pages = change(now.current.pages, [...gathered.values()], (order) => fits(now.current.filter, order));
      gathered.clear();
      if (pages !== now.current.pages) show(pages);
    };
    const end = listen("orders", (event, data) => {
      // A second snapshot, or a late first, means that the stream was cut: what happened in between is not known.
      if (event === "snapshot" && (++snapshots > 1 || Date.now() - started > LATE_MS) && !now.current.paused) return setRound((n) => n + 1);
      // The first may already show what came in since the pages were asked for.
      for (const order of event === "snapshot" && now.current.paused ? [] : (data.orders ?? [data.order])) gathered.set(order.id, order);
      if (gathered.size && !timer) timer = setTimeout(flush, GATHER_MS);
    });
    return () => {
      clearTimeout(timer);
      end();
    };
  }, []);
  useEffect(() => {
    if (!paused && held) setRound((n) => n + 1);
  }, [paused]);
  useEffect(() => {
    // An order grows into an age without a change that would be told.
    if (!filter.age) return;
    const timer = setInterval(() => !document.hidden && !now.current.paused && now.current.pages.rows.length <= ANEW * PAGE && setRound((n) => n + 1), AGES_MS);
    return () => clearInterval(timer);
  }, [filter.age]);

  const more = () => {
    const { pages, key: mine } = now.current;
    if (busy.current || !pages.next) return;
    busy.current = true;
    meanwhile.current.clear();
    ask(pages.next, new AbortController().signal)
      .then((page) => now.current.key === mine && show(append(now.current.pages, page)))
      .catch((error) => now.current.key === mine && show(now.current.pages, error))
      .finally(() => (busy.current = false));
  };
  // Of a rare kind a page may be empty though others follow.
  useEffect(() => {
    if (state.key === key && !state.pages.rows.length && state.pages.next && !state.error) more();
  }, [state]);
  const known = state.key === key;
  return { pages: state.pages, of: state.key, loading: !known, error: known ? state.error : null, more, again: () => setRound((n) => n + 1), held };
}
