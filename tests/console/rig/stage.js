// A Tropa for the tests of one file, in each mode that is tested.
import { createHash } from "node:crypto";
import { after, before, describe } from "node:test";
import { endBrowser } from "./browser.js";
import { MODES, place } from "./place.js";
import { Tropa } from "./tropa.js";

/** @typedef {{place: import("./place.js").Place, tropa: Tropa, mode: string}} Stage */

/**
 * The tests in both modes, each on a process of its own that lasts as long as they do.
 * @param {string} name @param {(stage: Stage) => void} tests @param {{env?: Record<string, string>, modes?: string[]}} [options]
 */
export function onStage(name, tests, { env = {}, modes = MODES } = {}) {
  for (const mode of modes.filter((each) => MODES.includes(each))) {
    describe(`${name}, ${mode}`, () => {
      const stage = /** @type {Stage} */ ({ mode });
      before(async () => {
        stage.place = await place(mode);
        stage.tropa = await Tropa.start(stage.place, { env });
      });
      after(async () => {
        await stage.tropa?.end();
        stage.place?.end();
        await endBrowser();
      });
      tests(stage);
    });
  }
}

/** Texts that try to be more than text. */
export const HOSTILE = {
  markup: `<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>`,
  turned: "\u202Etxet desrever\u202C \u2066isolated\u2069 \u200Fmark",
  long: "x".repeat(10_000),
};

/** Puts a dead letter into the database, as the drain would. @param {Stage} stage @param {{error: string, order?: string, payload?: string}} letter @returns {string} its id */
export function letter({ place: { mode, sql } }, { error, order, payload = "{}" }) {
  const id = crypto.randomUUID();
  const quoted = (text) => `'${text.replaceAll("'", "''")}'`;
  const print = quoted(createHash("sha256").update(error).digest("hex"));
  const [event, now, uuid] = mode === "standalone"
    ? [`x'${crypto.randomUUID().replaceAll("-", "")}'`, `${Date.now() * 1000}`, `x'${id.replaceAll("-", "")}'`]
    : [`'${crypto.randomUUID()}'`, "now()", `'${id}'`];
  sql(`INSERT INTO dead_letters (id, event_id, topic, order_id, error, fingerprint, payload, headers, attempts, first_seen, last_seen, state)
    VALUES (${uuid}, ${event}, 'orders.created', ${order ? quoted(order) : "NULL"}, ${quoted(error)}, ${print}, ${quoted(payload)}, '{}', 5, ${now}, ${now}, 'parked');`);
  return id;
}
