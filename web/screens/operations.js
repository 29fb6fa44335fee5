// @ts-check
/** Bulk operations: what was done to many at once, how far each is, and one of them in full. */
import { get } from "../lib/api.js";
import { number, Time } from "../lib/format.js";
import { html } from "../lib/html.js";
import { t } from "../lib/i18n.js";
import { LongTable } from "../lib/long-table.js";
import { go, route } from "../lib/router.js";
import { Clip, Id, plain } from "../lib/text.js";
import { Empty, Failure, Link, Loading, Page, Panel, useAnswer } from "../lib/ui.js";
import { useWayBack } from "../lib/way-back.js";
import { Bar, kindName, Progress, State } from "./operations/progress.js";

/** Operations that are listed. */
const LISTED = 100;
/** How often the list is asked for, milliseconds. */
const EVERY_MS = 2000;

/** @typedef {import("./operations/progress.js").Operation} Operation */
/** @type {() => import("../lib/long-table.js").Column[]} */
const columns = () => [
  { name: "id", title: t("operation.id"), width: 10, cell: (/** @type {Operation} */ each) => html`<${Link} href=${`/operations/${encodeURIComponent(each.id)}`}><${Id} value=${each.id} /><//>` },
  { name: "kind", title: t("operation.what"), width: 11.5, cell: (each) => kindName(each.kind) },
  { name: "state", title: t("operation.state"), width: 7, cell: (each) => html`<${State} state=${each.state} />` },
  { name: "progress", title: t("operation.how.far"), width: 14, cell: (each) => html`<${Bar} operation=${each} />` },
  { name: "failed", title: t("operation.count.failed"), width: 5, number: true, cell: (each) => number(each.failed) },
  { name: "subject", title: t("operation.who"), width: 7, cell: (each) => html`<${Clip} value=${each.subject} most=${30} />` },
  { name: "reason", title: t("reason"), width: 10, cell: (each) => html`<${Clip} value=${each.reason} most=${60} />` },
  { name: "started", title: t("operation.started"), width: 7.5, cell: (each) => html`<${Time} at=${each.started_at ?? each.created_at} />` },
];

function List() {
  const { data, error, again } = useAnswer("operations", (signal) => get("/operations", { limit: LISTED }, signal), { everyMs: EVERY_MS });
  /** @type {Operation[] | null} */
  const operations = data;
  return html`<${Page} title=${t("screen.operations")}>
    ${error && html`<${Failure} error=${error} retry=${again} />`}
    ${!operations
      ? !error && html`<${Loading} />`
      : operations.length === 0
        ? html`<${Empty}><p>${t("operations.empty")}</p><${Link} href="/dead-letters">${t("screen.dead-letters")}<//> · <${Link} href="/orders">${t("screen.orders")}<//><//>`
        : html`<${LongTable} label=${t("screen.operations")} columns=${columns()} rows=${operations} id=${(/** @type {Operation} */ each) => each.id} onOpen=${(/** @type {Operation} */ each) => go(`/operations/${encodeURIComponent(each.id)}`)} />`}
  <//>`;
}

/** @param {{id: string}} props */
function One({ id }) {
  const list = useWayBack("/operations");
  return html`<${Page} title=${t("operation.title", { id: plain(`…${id.slice(-6)}`) })}>
    <${Panel} title=${t("operation.how.far")} actions=${html`<${Link} href=${list}>${t("operation.back")}<//>`}><${Progress} key=${id} id=${id} /><//>
  <//>`;
}

export default function Screen() {
  const id = route.value.rest;
  return id ? html`<${One} id=${id} />` : html`<${List} />`;
}
