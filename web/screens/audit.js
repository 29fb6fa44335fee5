// @ts-check
/** The audit: who did what, to what, why, and what came of it. Newest first, live. */
import { Chosen, Fields, Typed } from "../lib/fields.js";
import { html } from "../lib/html.js";
import { t } from "../lib/i18n.js";
import { requery, route } from "../lib/router.js";
import { Failure, Loading, Page } from "../lib/ui.js";
import { Entries } from "./audit/entries.js";
import { useAudit } from "./audit/live.js";

const OUTCOMES = /** @type {const} */ (["done", "accepted", "refused", "failed"]);
/** What is written down; others may be typed. */
const ACTIONS = [
  "actor.stop", "actor.kill", "actor.panic", "actor.hang", "actor.slow", "actor.block", "actor.restart", "actor.suspend", "actor.resume",
  "order.cancel", "order.deliver", "order.dispatch", "orders.cancel", "orders.dispatch",
  "dead_letter.replay", "dead_letter.discard", "dead_letter.restore", "dead_letter.reveal", "dead_letters.replay", "dead_letters.discard", "dead_letters.restore",
  "outbox.reveal", "operation.stop", "operation.undo", "instance.drain", "instance.resume", "driver.put", "driver.remove", "order.create", "session.open", "session.close",
];
const SINCE = /** @type {const} */ (["15m", "1h", "24h", "168h"]);
const NAMES = /** @type {const} */ (["action", "target", "subject", "outcome", "since"]);

export default function Screen() {
  const { query } = route.value;
  const filter = Object.fromEntries(NAMES.map((name) => [name, query.get(name) ?? ""]));
  const { entries, next, loading, error, more, again, busy } = useAudit(filter);
  const filtered = NAMES.some((name) => filter[name]);
  return html`<${Page} title=${t("screen.audit")}>
    <${Fields} count=${NAMES.filter((name) => filter[name]).length}>
      <${Typed} name="action" value=${filter.action} label=${t("audit.action")} hint="order.cancel" first=${true} options=${ACTIONS} />
      <${Typed} name="target" value=${filter.target} label=${t("audit.target")} hint=${t("audit.target.hint")} wide=${true} />
      <${Typed} name="subject" value=${filter.subject} label=${t("audit.subject")} />
      <${Chosen} name="outcome" value=${filter.outcome} label=${t("audit.outcome")} options=${OUTCOMES} word=${(/** @type {string} */ outcome) => t(`outcome.${outcome}`)} />
      <${Chosen} name="since" value=${filter.since} label=${t("audit.since")} options=${SINCE} word=${(/** @type {string} */ since) => t(`audit.since.${since}`)} any=${t("audit.since.ever")} />
      ${filtered && html`<button class="quiet" onClick=${() => requery(Object.fromEntries(NAMES.map((name) => [name, null])), { replace: false })}>${t("filter.none")}</button>`}
    <//>
    ${error && html`<${Failure} error=${error} retry=${again} />`}
    ${loading ? !error && html`<${Loading} />` : html`<${Entries} entries=${entries} filtered=${filtered} />`}
    ${next !== null && html`<p class="below"><button disabled=${busy} onClick=${more}>${busy ? t("working") : t("audit.older")}</button></p>`}
  <//>`;
}
