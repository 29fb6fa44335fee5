// @ts-check
/** Letters one by one, filtered by the address, and what can be done to all that the filter matches. */
import { get } from "../../lib/api.js";
import { Fields, Typed } from "../../lib/fields.js";
import { bytes, number, Time } from "../../lib/format.js";
import { html, useEffect, useState } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { LongTable } from "../../lib/long-table.js";
import { go, requery, route } from "../../lib/router.js";
import { Clip, Id } from "../../lib/text.js";
import { useTopic } from "../../lib/topics.js";
import { Act, Badge, Empty, Failure, Link, Loading, useAnswer } from "../../lib/ui.js";
import { Bulk } from "../operations/bulk.js";
import { mayBeId } from "../orders/filter.js";

/** Letters of a page. */
const PAGE = 100;
const STATES = /** @type {const} */ (["parked", "replayed", "discarded"]);
const NAMES = /** @type {const} */ (["state", "fingerprint", "topic", "order_id"]);
const KINDS = /** @type {Record<string, "good" | "warn" | "bad" | "calm" | "busy">} */ ({ parked: "bad", replayed: "good", discarded: "calm" });

/** @param {{state: string}} props */
export const State = ({ state }) => html`<${Badge} kind=${KINDS[state] ?? "calm"}>${t(`letters.state.${state}`)}<//>`;

/** A letter in a dry run's sample. @param {import("../../lib/api-types.js").DeadLetter} letter */
export const sample = (letter) => html`<${Id} value=${letter.order_id ?? letter.id} /> <${Clip} value=${letter.topic} most=${30} code=${true} /> <${Clip} value=${letter.error} most=${80} />`;

/** @param {string} id */
const place = (id) => `/dead-letters/${encodeURIComponent(id)}`;

/** @type {() => import("../../lib/long-table.js").Column[]} */
const columns = () => [
  { name: "id", title: t("letters.id"), width: 10, cell: (/** @type {import("../../lib/api-types.js").DeadLetter} */ letter) => html`<${Link} href=${place(letter.id)}><${Id} value=${letter.id} /><//>` },
  { name: "state", title: t("letters.state"), width: 7, cell: (letter) => html`<${State} state=${letter.state} />` },
  { name: "error", title: t("letters.error"), width: 13.5, cell: (letter) => html`<${Clip} value=${letter.error} most=${160} />` },
  { name: "topic", title: t("letters.topic"), width: 10, cell: (letter) => html`<${Clip} value=${letter.topic} most=${40} code=${true} />` },
  { name: "order", title: t("letters.order"), width: 10, cell: (letter) => (letter.order_id ? html`<${Link} href=${`/orders/${encodeURIComponent(letter.order_id)}`}><${Id} value=${letter.order_id} /><//>` : "–") },
  { name: "attempts", title: t("letters.attempts"), width: 5, number: true, cell: (letter) => number(letter.attempts) },
  { name: "bytes", title: t("letters.size"), width: 6, number: true, cell: (letter) => bytes(letter.payload_bytes) },
  { name: "last", title: t("letters.last"), width: 7, cell: (letter) => html`<${Time} at=${letter.last_seen} />` },
];

/** What may be done to letters of a state. @param {string} state @returns {("replay" | "discard" | "restore")[]} */
export const actionsOf = (state) => (state === "discarded" ? ["restore"] : state === "parked" ? ["replay", "discard"] : []);

/** Pages by offset, joined. @param {Record<string, string>} filter */
function useLetters(filter) {
  const key = JSON.stringify(filter);
  const [more, setMore] = useState({ key, letters: /** @type {import("../../lib/api-types.js").DeadLetter[]} */ ([]), end: false, busy: false, error: /** @type {any} */ (null) });
  const first = useAnswer(key, (signal) => get("/dead-letters", { ...filter, limit: PAGE }, signal));
  const rest = more.key === key ? more : { key, letters: [], end: false, busy: false, error: null };
  useEffect(() => setMore({ key, letters: [], end: false, busy: false, error: null }), [first.data]);
  const next = () => {
    if (!first.data || first.data.length < PAGE || rest.end || rest.busy) return;
    setMore({ ...rest, busy: true });
    get("/dead-letters", { ...filter, limit: PAGE, offset: PAGE + rest.letters.length }).then(
      (page) => setMore((now) => (now.key === key ? { ...now, letters: [...now.letters, ...page], end: page.length < PAGE, busy: false } : now)),
      (error) => setMore((now) => (now.key === key ? { ...now, error, busy: false, end: true } : now)),
    );
  };
  const seen = new Set();
  const rows = first.data && [...first.data, ...rest.letters].filter((letter) => !seen.has(letter.id) && seen.add(letter.id));
  return { rows, error: first.error ?? rest.error, again: first.again, next };
}

export function Letters() {
  const { query } = route.value;
  const filter = { ...Object.fromEntries(NAMES.map((name) => [name, query.get(name) ?? ""])), state: query.get("state") ?? "parked" };
  const state = filter.state === "all" ? "" : filter.state;
  const { rows, error, again, next } = useLetters({ ...filter, state });
  const parked = useTopic("dead_letters")?.parked;
  useEffect(() => {
    if (parked !== undefined && rows) again();
  }, [parked]);
  const [action, setAction] = useState(/** @type {"replay" | "discard" | "restore" | null} */ (null));
  const [selected, setSelected] = useState(/** @type {Set<string>} */ (new Set()));
  useEffect(() => setSelected(new Set()), [query.toString()]);
  const some = selected.size > 0;
  const what = { filter: some ? { ids: [...selected] } : Object.fromEntries(NAMES.slice(1).flatMap((name) => (query.get(name) ? [[name, query.get(name)]] : []))) };
  return html`<${Fields} count=${NAMES.filter((name) => query.get(name)).length}>
      <label>${t("letters.state")}<select name="state" value=${filter.state} onChange=${(/** @type {any} */ e) => requery({ state: e.target.value === "parked" ? null : e.target.value }, { replace: false })}>
        ${[...STATES, "all"].map((each) => html`<option key=${each} value=${each}>${t(`letters.state.${each}`)}</option>`)}</select></label>
      <${Typed} name="topic" value=${query.get("topic") ?? ""} label=${t("letters.topic")} hint="orders.created" first=${true} />
      <${Typed} name="order_id" value=${query.get("order_id") ?? ""} label=${t("letters.order")} wide=${true} take=${(/** @type {string} */ text) => text === "" || mayBeId(text)} />
      <${Typed} name="fingerprint" value=${query.get("fingerprint") ?? ""} label=${t("letters.fingerprint")} take=${(/** @type {string} */ text) => /^([0-9a-f]{64})?$/.test(text)} />
    <//>
    <div class="row"><span class="fine" role="status">${some ? t("orders.selected", { count: selected.size }) : rows && t("letters.loaded", { count: rows.length })}</span><span class="buttons">${actionsOf(state).map((each) => html`<${Act} key=${each} role="operator" danger=${each === "discard"} disabled=${!rows?.length} onClick=${() => setAction(each)}>${t(`letters.${each}.${some ? "selected" : "match"}`)}<//>`)}</span></div>
    ${error && html`<${Failure} error=${error} retry=${again} />`}
    ${!rows
      ? !error && html`<${Loading} />`
      : rows.length === 0
        ? html`<${Empty}>${t("letters.empty.filter")}<//>`
        : html`<${LongTable} label=${t("letters.view.letters")} columns=${columns()} rows=${rows} id=${(/** @type {import("../../lib/api-types.js").DeadLetter} */ letter) => letter.id} onOpen=${(/** @type {import("../../lib/api-types.js").DeadLetter} */ letter) => go(place(letter.id))} onEnd=${next} selected=${actionsOf(state).length > 0 ? selected : undefined} onSelect=${actionsOf(state).length > 0 ? setSelected : undefined} />`}
    ${action && html`<${Bulk} path="/dead-letters/operations" action=${action} what=${Object.keys(what.filter).length ? what : {}} subject=${some ? t("letters.those.selected", { count: selected.size }) : t("letters.that.match", { state: t(`letters.state.${state}`) })} sample=${sample} onClose=${() => (setAction(null), setSelected(new Set()), again())} />`}`;
}
