// @ts-check
/** The outbox: what was committed and is not published yet, by topic and row by row. */
import { get } from "../lib/api.js";
import { duration, number } from "../lib/format.js";
import { html } from "../lib/html.js";
import { t } from "../lib/i18n.js";
import { route } from "../lib/router.js";
import { Clip } from "../lib/text.js";
import { useTopic } from "../lib/topics.js";
import { Empty, Failure, Figure, Link, Loading, Meter, Page, Panel, useAnswer } from "../lib/ui.js";
import { Rows } from "./outbox/rows.js";

/** A row that is due for longer than this is late, milliseconds. */
const LATE_MS = 10_000;

/** @typedef {import("../lib/api-types.js").OutboxTopic} Topic */
/** What waits, by topic; a topic leads to its rows. Not walked by keys: the rows are. @param {{topics: Topic[], chosen: string}} props */
const Topics = ({ topics, chosen }) => html`<div class="table-frame"><table><caption class="unseen">${t("outbox.topics")}</caption>
  <thead><tr><th scope="col">${t("outbox.topic")}</th><th scope="col" class="number">${t("outbox.pending")}</th><th scope="col" class="number">${t("outbox.oldest")}</th></tr></thead>
  <tbody>${topics.map((each) => html`<tr key=${each.topic} aria-current=${each.topic === chosen ? "true" : undefined}>
    <td><${Link} href=${each.topic === chosen ? "/outbox" : `/outbox?topic=${encodeURIComponent(each.topic)}`}><${Clip} value=${each.topic} most=${60} code=${true} /><//></td>
    <td class="number">${t("outbox.rows", { count: each.pending })}</td><td class="number">${duration(each.oldest_due_ms)}</td>
  </tr>`)}</tbody></table></div>`;

export default function Screen() {
  const { data, error, again } = useAnswer("outbox", (signal) => get("/outbox", {}, signal));
  const outbox = useTopic("outbox") ?? data;
  const topic = route.value.query.get("topic") ?? "";
  if (!outbox) return html`<${Page} title=${t("screen.outbox")}>${error ? html`<${Failure} error=${error} retry=${again} />` : html`<${Loading} />`}<//>`;
  /** @type {Topic[]} */
  const topics = outbox.topics ?? [];
  const late = (outbox.oldest_due_ms ?? 0) > LATE_MS;
  return html`<${Page} title=${t("screen.outbox")}>
    <div class="figures">
      <${Figure} label=${t("outbox.pending")} value=${number(outbox.pending)} unit=${t("outbox.unit", { count: outbox.pending })} hint=${html`${t("outbox.limit", { count: outbox.limit })} <${Meter} value=${outbox.pending - outbox.postponed} of=${outbox.limit} label=${t("outbox.full")} />`} />
      <${Figure} label=${t("outbox.postponed")} value=${number(outbox.postponed)} unit=${t("outbox.unit", { count: outbox.postponed })} hint=${t("outbox.postponed.hint")} />
      <${Figure} label=${t("outbox.oldest")} value=${duration(outbox.oldest_due_ms)} kind=${late ? "bad" : ""} hint=${t(late ? "outbox.late" : "outbox.oldest.hint")} />
    </div>
    <${Panel} title=${t("outbox.topics")}>${topics.length === 0
      ? html`<${Empty}>${t("outbox.topics.none")}<//>`
      : html`<${Topics} topics=${topics} chosen=${topic} />`}<//>
    <${Panel} title=${t("outbox.messages")}><${Rows} pending=${outbox.pending} /><//>
  <//>`;
}
