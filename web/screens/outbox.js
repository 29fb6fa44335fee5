// @ts-check
/** The outbox: what was committed and is not published yet, by topic and row by row. */
import { get } from "../lib/api.js";
import { duration, number } from "../lib/format.js";
import { html } from "../lib/html.js";
import { t } from "../lib/i18n.js";
import { requery, route } from "../lib/router.js";
import { Table } from "../lib/table.js";
import { Clip } from "../lib/text.js";
import { useTopic } from "../lib/topics.js";
import { Empty, Failure, Figure, Loading, Meter, Page, Panel, useAnswer } from "../lib/ui.js";
import { Rows } from "./outbox/rows.js";

/** A row that is due for longer than this is late, milliseconds. */
const LATE_MS = 10_000;

/** @typedef {{topic: string, pending: number, oldest_due_ms: number | null}} Topic */
/** @type {() => import("../lib/table.js").Column[]} */
const columns = () => [
  { name: "topic", title: t("outbox.topic"), wide: true, cell: (/** @type {Topic} */ topic) => html`<${Clip} value=${topic.topic} most=${60} code=${true} />` },
  { name: "pending", title: t("outbox.pending"), number: true, cell: (topic) => t("outbox.rows", { count: topic.pending }) },
  { name: "oldest", title: t("outbox.oldest"), number: true, cell: (topic) => duration(topic.oldest_due_ms) },
];

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
      : html`<${Table} label=${t("outbox.topics")} columns=${columns()} rows=${topics} id=${(/** @type {Topic} */ each) => each.topic} onOpen=${(/** @type {Topic} */ each) => requery({ topic: each.topic === topic ? null : each.topic }, { replace: false })} />`}<//>
    <${Panel} title=${t("outbox.messages")}><${Rows} pending=${outbox.pending} /><//>
  <//>`;
}
