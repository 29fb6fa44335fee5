// @ts-check
/** One order: what it is, what was done to it and when, why this driver, and what a person may do. */
import { get } from "../../lib/api.js";
import { html, useEffect } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { plain } from "../../lib/text.js";
import { useTopic } from "../../lib/topics.js";
import { Empty, Failure, Link, Loading, Page, Panel, useAnswer } from "../../lib/ui.js";
import { useWayBack } from "../../lib/way-back.js";
import { Actions } from "./actions.js";
import { Events } from "./events.js";
import { Facts, Goods } from "./facts.js";
import { Duplicates, Lanes } from "./lanes.js";
import { Search } from "./search.js";

/** While an order is on its way the lanes are asked for so often, milliseconds. */
const EVERY_MS = 2000;
/** The acknowledgement comes a moment after the decision that is told, milliseconds. */
const AFTER_MS = 1200;

/** @param {{id: string}} props */
export function One({ id }) {
  const path = `/orders/${encodeURIComponent(id)}`;
  const order = useAnswer(id, (signal) => get(path, {}, signal));
  const moving = order.data?.status === "PENDING";
  const events = useAnswer(id, (signal) => get(`${path}/events`, {}, signal));
  const lanes = useAnswer(id, (signal) => get(`${path}/lanes`, {}, signal), { everyMs: moving ? EVERY_MS : 0 });
  const told = useTopic("orders")?.get(id)?.version ?? 0;
  const again = () => [order, events, lanes].forEach((answer) => answer.again());
  useEffect(() => {
    if (!order.data || told <= order.data.version) return;
    again();
    const later = setTimeout(lanes.again, AFTER_MS);
    return () => clearTimeout(later);
  }, [told]);
  const list = useWayBack("/orders");
  const back = html`<${Link} href=${list}>${t("order.back")}<//>`;
  if (order.error?.status === 404 || order.error?.status === 422) return html`<${Page} title=${t("order.title", { id: plain(id.slice(0, 36)) })}><${Empty}><p>${t("order.unknown")}</p>${back}<//><//>`;
  if (!order.data) return html`<${Page} title=${t("order.title", { id: plain(id.slice(0, 36)) })}>${order.error ? html`<${Failure} error=${order.error} retry=${order.again} />` : html`<${Loading} />`}<//>`;
  const past = events.data ?? [];
  const trace = { id: lanes.data?.trace_id ?? past[0]?.trace_id ?? null, url: lanes.data?.trace_url ?? null };
  return html`<${Page} title=${t("order.title", { id: plain(order.data.order_number?.slice(0, 40) ?? `…${id.slice(-6)}`) })} actions=${html`<${Actions} order=${order.data} done=${again} />`}>
    ${order.error && html`<${Failure} error=${order.error} retry=${order.again} />`}
    <div class="halves"><${Panel} title=${t("order.facts")} actions=${back}><${Facts} order=${order.data} trace=${trace} /><//>
      <div class="stack"><${Panel} title=${t("search.title")}>${lanes.data ? html`<${Search} search=${lanes.data.search} />` : !lanes.error && html`<${Loading} />`}<//>
        <${Panel} title=${t("order.goods")}><${Goods} order=${order.data} /><//></div></div>
    <${Panel} title=${t("lanes.title")} hint=${t("lanes.hint")}>${lanes.data || events.data
      ? html`${lanes.error && html`<${Failure} error=${lanes.error} retry=${lanes.again} />`}<${Lanes} lanes=${lanes.data?.lanes ?? []} events=${past} complete=${lanes.data?.complete ?? false} />`
      : lanes.error ? html`<${Failure} error=${lanes.error} retry=${lanes.again} />` : html`<${Loading} />`}<//>
    ${lanes.data && html`<${Panel} title=${t("duplicates.title")}><${Duplicates} duplicates=${lanes.data.duplicates ?? []} /><//>`}
    <${Panel} title=${t("events.title")}>${events.error ? html`<${Failure} error=${events.error} retry=${events.again} />` : events.data ? html`<${Events} events=${past} />` : html`<${Loading} />`}<//>
  <//>`;
}
