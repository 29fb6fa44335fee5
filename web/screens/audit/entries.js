// @ts-check
/** The audit's table. */
import { Time } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { LongTable } from "../../lib/long-table.js";
import { requery, route } from "../../lib/router.js";
import { Clip, Id, Long } from "../../lib/text.js";
import { Badge, Dialog, Empty, Link } from "../../lib/ui.js";

/** @typedef {import("./live.js").Entry} Entry */
const KINDS = /** @type {Record<string, "good" | "warn" | "bad" | "calm" | "busy">} */ ({ done: "good", accepted: "busy", refused: "warn", failed: "bad" });

/** The screen that shows what a line is about. @param {Entry} entry */
function place({ action, target, instance }) {
  const id = encodeURIComponent(target);
  if (action.startsWith("actor.")) return `/supervision/${encodeURIComponent(instance)}${target}`;
  if (action.startsWith("order.")) return `/orders/${id}`;
  if (action.startsWith("dead_letter.")) return `/dead-letters/${id}`;
  if (action.startsWith("outbox.")) return `/outbox?message=${id}`;
  if (/^(operation|orders|dead_letters)\./.test(action)) return /^[0-9a-f-]{36}$/i.test(target) ? `/operations/${id}` : "/operations";
  return action.startsWith("instance.") ? "/instances" : null;
}

/** @param {{entry: Entry, whole?: boolean}} props */
function Target({ entry, whole = false }) {
  const to = place(entry);
  const text = /^[0-9a-f-]{36}$/i.test(entry.target) && !whole ? html`<${Id} value=${entry.target} />` : html`<${Clip} value=${entry.target} most=${whole ? 256 : 48} code=${whole} />`;
  return to ? html`<${Link} href=${to}>${text}<//>` : text;
}

/** @param {{outcome: string}} props */
const Outcome = ({ outcome }) => html`<${Badge} kind=${KINDS[outcome] ?? "calm"}>${t(`outcome.${outcome}`)}<//>`;

/** @type {() => import("../../lib/long-table.js").Column[]} */
const columns = () => [
  { name: "at", title: t("audit.at"), width: 8, cell: (/** @type {Entry} */ entry) => html`<${Time} at=${entry.at} />` },
  { name: "subject", title: t("audit.subject"), width: 10, cell: (entry) => html`<${Clip} value=${entry.subject} most=${40} />${entry.role && html` <small>${t(`role.${entry.role}`)}</small>`}` },
  { name: "action", title: t("audit.action"), width: 12, cell: (entry) => html`<${Clip} value=${entry.action} most=${48} code=${true} />` },
  { name: "target", title: t("audit.target"), width: 12, cell: (entry) => html`<${Target} entry=${entry} />` },
  { name: "reason", title: t("reason"), width: 12, cell: (entry) => html`<${Clip} value=${entry.reason} most=${120} />` },
  { name: "outcome", title: t("audit.outcome"), width: 7.5, cell: (entry) => html`<${Outcome} outcome=${entry.outcome} />` },
  { name: "detail", title: t("audit.detail"), width: 9, cell: (entry) => html`<${Clip} value=${entry.detail} most=${120} />` },
];

/** A line in full. @param {{entry: Entry, onClose: () => void}} props */
const Whole = ({ entry, onClose }) => html`<${Dialog} title=${t("audit.line", { id: entry.id })} onClose=${onClose}><dl class="facts">
  <dt>${t("audit.at")}</dt><dd><${Time} at=${entry.at} /> <span class="fine mono">${entry.at}</span></dd>
  <dt>${t("audit.subject")}</dt><dd><${Clip} value=${entry.subject} most=${256} />${entry.role && ` · ${t(`role.${entry.role}`)}`}</dd>
  <dt>${t("audit.action")}</dt><dd><${Clip} value=${entry.action} most=${256} code=${true} /></dd>
  <dt>${t("audit.target")}</dt><dd><${Target} entry=${entry} whole=${true} /></dd>
  <dt>${t("reason")}</dt><dd>${entry.reason ? html`<${Long} value=${entry.reason} />` : "–"}</dd>
  <dt>${t("audit.outcome")}</dt><dd><${Outcome} outcome=${entry.outcome} /></dd>
  <dt>${t("audit.detail")}</dt><dd>${entry.detail ? html`<${Long} value=${entry.detail} />` : "–"}</dd>
  <dt>${t("audit.instance")}</dt><dd><${Clip} value=${entry.instance} most=${80} /></dd>
  <dt>${t("order.trace")}</dt><dd>${entry.trace_id ? html`<code>${entry.trace_id}</code>` : "–"}</dd>
</dl><//>`;

/** @param {{entries: Entry[], filtered: boolean}} props */
export function Entries({ entries, filtered }) {
  const shown = route.value.query.get("line");
  const entry = shown ? entries.find((each) => String(each.id) === shown) : undefined;
  if (!entries.length) return html`<${Empty}>${t(filtered ? "audit.empty.filter" : "audit.empty")}<//>`;
  return html`<${LongTable} label=${t("screen.audit")} columns=${columns()} rows=${entries} id=${(/** @type {Entry} */ each) => String(each.id)} onOpen=${(/** @type {Entry} */ each) => requery({ line: each.id }, { replace: false })} />
    ${entry && html`<${Whole} entry=${entry} onClose=${() => requery({ line: null })} />`}`;
}
