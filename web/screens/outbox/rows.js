// @ts-check
/** The outbox's rows: due, postponed or leased, with what went wrong last and who has them now. */
import { get } from "../../lib/api.js";
import { Chosen, Fields, Typed } from "../../lib/fields.js";
import { bytes, number, Time } from "../../lib/format.js";
import { html, useEffect, useState } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { LongTable } from "../../lib/long-table.js";
import { requery, route } from "../../lib/router.js";
import { Clip, Id, Long } from "../../lib/text.js";
import { Badge, Dialog, Empty, Failure, Link, Loading, useAnswer } from "../../lib/ui.js";
import { mayBeId } from "../orders/filter.js";
import { Payload } from "../payload.js";

/** Rows of a page. */
const PAGE = 100;
const STATES = /** @type {const} */ (["due", "postponed", "leased"]);
const NAMES = /** @type {const} */ (["topic", "state", "order_id"]);

/** Routing keys there are. */
const TOPICS = [
  "orders.created", "orders.dispatch_requested", "orders.release_requested", "orders.dispatched", "orders.manual_dispatch", "orders.cancelled", "orders.delivered",
];

/** @typedef {import("../../lib/api-types.js").OutboxMessage} Message */
const KINDS = /** @type {const} */ ({ leased: "busy", postponed: "warn", due: "calm", published: "good" });

/** @param {{message: Message}} props */
const State = ({ message }) => html`<${Badge} kind=${KINDS[message.state] ?? "calm"}>${t(`outbox.state.${message.state}`)}<//>${message.waits_for && html` <small>${t(`outbox.waits.${message.waits_for}`)}</small>`}`;

/** @type {() => import("../../lib/long-table.js").Column[]} */
const columns = () => [
  { name: "topic", title: t("outbox.topic"), width: 15, cell: (/** @type {Message} */ message) => html`<${Clip} value=${message.topic} most=${40} code=${true} />` },
  { name: "state", title: t("outbox.state"), width: 12, cell: (message) => html`<${State} message=${message} />` },
  { name: "order", title: t("letters.order"), width: 9.3, cell: (message) => html`<${Link} href=${`/orders/${encodeURIComponent(message.order_id)}`}><${Id} value=${message.order_id} /><//>` },
  { name: "created", title: t("outbox.created"), width: 7, cell: (message) => html`<${Time} at=${message.created_at} />` },
  { name: "due", title: t("outbox.due"), width: 7, cell: (message) => html`<${Time} at=${message.due_at} />` },
  { name: "attempts", title: t("letters.attempts"), width: 4, number: true, cell: (message) => number(message.attempts) },
  { name: "error", title: t("outbox.error"), width: 7, cell: (message) => html`<${Clip} value=${message.last_error} most=${120} />` },
  { name: "leased", title: t("outbox.leased"), width: 6.5, cell: (message) => html`<${Clip} value=${message.leased_by} most=${30} />` },
];

/** @param {{id: string, message: Message | undefined, onClose: () => void}} props */
const One = ({ id, message, onClose }) => html`<${Dialog} title=${t("outbox.message")} onClose=${onClose}>
  <dl class="facts"><dt>${t("outbox.place")}</dt><dd><code>${id}</code></dd>
    ${message && html`<dt>${t("outbox.topic")}</dt><dd><${Clip} value=${message.topic} most=${120} code=${true} /></dd>
    <dt>${t("letters.event")}</dt><dd><code>${message.event_id}</code></dd>
    <dt>${t("outbox.state")}</dt><dd><${State} message=${message} /></dd>
    <dt>${t("letters.order")}</dt><dd><${Link} href=${`/orders/${encodeURIComponent(message.order_id)}`}><code>${message.order_id}</code><//> <span class="fine">${t("outbox.version", { version: message.version })}</span></dd>
    <dt>${t("outbox.created")}</dt><dd><${Time} at=${message.created_at} /></dd>
    <dt>${t("outbox.due")}</dt><dd><${Time} at=${message.due_at} /></dd>
    <dt>${t("letters.attempts")}</dt><dd>${number(message.attempts)}</dd>
    <dt>${t("letters.size")}</dt><dd>${bytes(message.bytes)}</dd>
    <dt>${t("outbox.error")}</dt><dd>${message.last_error ? html`<${Long} value=${message.last_error} />` : "–"}</dd>
    <dt>${t("outbox.leased")}</dt><dd><${Clip} value=${message.leased_by} most=${80} />${message.leased_until && html` · <${Time} at=${message.leased_until} />`}</dd>`}</dl>
  ${!message && html`<p class="fine">${t("outbox.not.listed")}</p>`}
  <h3>${t("payload.title")}</h3><${Payload} path=${`/outbox/messages/${encodeURIComponent(id)}`} size=${message?.bytes} />
<//>`;

/** @param {{pending: number}} props the number of rows as it is told: the list is asked for again when it changes */
export function Rows({ pending }) {
  const { query } = route.value;
  const filter = Object.fromEntries(NAMES.map((name) => [name, query.get(name) ?? ""]));
  const key = JSON.stringify(filter);
  const first = useAnswer(key, (signal) => get("/outbox/messages", { ...filter, limit: PAGE }, signal), { everyMs: 5000 });
  const [rest, setRest] = useState({ key, messages: /** @type {Message[]} */ ([]), next: /** @type {number | null | undefined} */ (undefined), busy: false, error: /** @type {any} */ (null) });
  const own = rest.key === key ? rest : { key, messages: [], next: undefined, busy: false, error: null };
  useEffect(() => {
    if (first.data && !own.messages.length) first.again();
  }, [pending]);
  const after = own.next === undefined ? first.data?.next_after : own.next;
  const more = () => {
    if (!after || own.busy) return;
    setRest({ ...own, busy: true });
    get("/outbox/messages", { ...filter, limit: PAGE, after }).then(
      (page) => setRest((now) => (now.key === key ? { ...now, messages: [...now.messages, ...page.messages], next: page.next_after ?? null, busy: false } : now)),
      (error) => setRest((now) => (now.key === key ? { ...now, error, next: null, busy: false } : now)),
    );
  };
  const seen = new Set();
  /** @type {Message[] | null} */
  const rows = first.data && [...first.data.messages, ...own.messages].filter((message) => !seen.has(message.id) && seen.add(message.id));
  const shown = query.get("message");
  const error = first.error ?? own.error;
  return html`<${Fields} count=${NAMES.filter((name) => filter[name]).length}>
      <${Chosen} name="topic" value=${filter.topic} label=${t("outbox.topic")} options=${TOPICS} word=${(/** @type {string} */ topic) => topic} />
      <${Chosen} name="state" value=${filter.state} label=${t("outbox.state")} options=${STATES} word=${(/** @type {string} */ state) => t(`outbox.state.${state}`)} />
      <${Typed} name="order_id" value=${filter.order_id} label=${t("letters.order")} hint=${t("orders.driver.hint")} wide=${true} first=${true} take=${(/** @type {string} */ text) => text === "" || mayBeId(text)} />
      ${NAMES.some((name) => filter[name]) && html`<button class="quiet" onClick=${() => requery({ topic: null, state: null, order_id: null }, { replace: false })}>${t("filter.none")}</button>`}
    <//>
    ${error && html`<${Failure} error=${error} retry=${first.again} />`}
    ${!rows
      ? !error && html`<${Loading} />`
      : rows.length === 0
        ? html`<${Empty}>${after ? html`<p>${t("outbox.far")}</p><button disabled=${own.busy} onClick=${more}>${t("outbox.further")}</button>` : t(NAMES.some((name) => filter[name]) ? "outbox.empty.filter" : "outbox.empty")}<//>`
        : html`<${LongTable} label=${t("outbox.messages")} columns=${columns()} rows=${rows} id=${(/** @type {Message} */ message) => String(message.id)} onOpen=${(/** @type {Message} */ message) => requery({ message: message.id }, { replace: false })} onEnd=${more} />`}
    ${shown && html`<${One} id=${shown} message=${rows?.find((message) => String(message.id) === shown)} onClose=${() => requery({ message: null })} />`}`;
}
