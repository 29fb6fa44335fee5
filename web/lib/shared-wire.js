// @ts-check
/** The connection that a tab shares with the others, where the browser has workers for that; or one of its own. */
import { HEARTBEAT_S, wire } from "./wire.js";

/** The worker says so soon that it is there, or is not waited for. */
const HERE_MS = 3000;
const WORKER = new URL("./stream-worker.js", import.meta.url).href;

/** The one address that may become a script, for browsers that ask. @returns {any} */
function script() {
  const types = /** @type {any} */ (globalThis).trustedTypes;
  return types ? types.createPolicy("tropa", { createScriptURL: () => WORKER }).createScriptURL(WORKER) : WORKER;
}

/** @param {(name: string, text: string) => void} tell @returns {import("./wire.js").Wire} */
export function sharedWire(tell) {
  if (typeof SharedWorker !== "function") return wire(tell);
  /** @type {import("./wire.js").Wire | null} */
  let own = null;
  /** @type {import("./wire.js").Wish} */
  let wish = { topics: [], instance: null };
  /** @type {SharedWorker} */
  let worker;
  try {
    worker = new SharedWorker(script(), { type: "module", name: "tropa" });
  } catch {
    return wire(tell);
  }
  const alone = () => {
    if (own) return;
    worker.port.close();
    clearInterval(beat);
    own = wire(tell);
    own.want(wish);
  };
  const say = (/** @type {{anew?: boolean, redial?: boolean}} */ more = {}) => worker.port.postMessage({ wish, ...more });
  const late = setTimeout(alone, HERE_MS);
  const beat = setInterval(say, HEARTBEAT_S * 1000);
  worker.onerror = alone;
  worker.port.onmessage = ({ data }) => {
    if (own) return;
    clearTimeout(late);
    if (data.name !== "here") tell(data.name, data.text);
  };
  // A page that is kept for Back must not be listened for.
  addEventListener("pagehide", () => own || worker.port.postMessage({ wish: { topics: [], instance: null } }));
  addEventListener("pageshow", (event) => event.persisted && (own ? own.redial() : say({ anew: true })));
  return {
    want(next, anew = false) {
      wish = next;
      if (own) own.want(next, anew);
      else say({ anew });
    },
    redial: () => (own ? own.redial() : say({ redial: true })),
    end: () => (own ? own.end() : worker.port.postMessage({ wish: { topics: [], instance: null } })),
  };
}
