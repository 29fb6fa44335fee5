// @ts-check
/** One connection to the live stream; of a tab, or of the worker that several tabs share. */

/** What the stream says; a snapshot says itself of which topic it is. @type {Record<string, string>} */
export const TOPIC_OF = {
  order: "orders", actor: "actors", overview: "overview", instance: "instances", breakers: "breakers", dead_letters: "dead_letters",
  outbox: "outbox", pipeline: "pipeline", audit: "audit", drivers: "drivers",
};
export const HEARTBEAT_S = 5;
const AGAIN_MS = 1000;

/** Topics, and whose actors: an instance, `all`, or `null` for the one that answers. @typedef {{topics: string[], instance: string | null}} Wish */
/** @typedef {{want: (wish: Wish, anew?: boolean) => void, redial: () => void, end: () => void}} Wire */

/** @param {Wish} wish */
function query({ topics, instance }) {
  const parameters = new URLSearchParams({ topics: topics.toSorted().join(","), heartbeat: String(HEARTBEAT_S) });
  if (instance && topics.includes("actors")) parameters.set("instance", instance);
  return topics.length ? parameters.toString() : "";
}

/** Tells each event by its name, its data as it came; and `lost` when the connection ended or was refused. @param {(name: string, text: string) => void} tell @returns {Wire} */
export function wire(tell) {
  /** @type {EventSource | null} */
  let source = null;
  let opened = "";
  let wanted = "";
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let again;

  const hangUp = () => {
    clearTimeout(again);
    source?.close();
    source = null;
    opened = "";
  };
  const dial = () => {
    hangUp();
    if (!wanted) return;
    opened = wanted;
    const mine = (source = new EventSource(`/api/v1/stream?${wanted}`));
    const heard = (/** @type {MessageEvent} */ message) => mine === source && tell(message.type, message.data);
    for (const name of ["snapshot", "clock", ...Object.keys(TOPIC_OF)]) mine.addEventListener(name, heard);
    // A connection that ended is dialled by the browser; one that was refused (too many streams, no session) is not.
    mine.onerror = () => {
      if (mine === source) tell("lost", "");
      if (mine === source && mine.readyState === EventSource.CLOSED) again = setTimeout(dial, AGAIN_MS);
    };
  };
  return {
    /** Opens for what is wanted; `anew` also when that is what is open: a further listener needs a snapshot of its own. */
    want(wish, anew = false) {
      wanted = query(wish);
      if (anew || wanted !== opened || !source) dial();
    },
    redial: dial,
    end: hangUp,
  };
}
