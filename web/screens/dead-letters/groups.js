// @ts-check
/** Parked letters by what went wrong: how many, since when, how they came, and what can be done to all of a group. */
import { get } from "../../lib/api.js";
import { number, Time } from "../../lib/format.js";
import { html, useState } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { LongTable } from "../../lib/long-table.js";
import { go } from "../../lib/router.js";
import { Clip } from "../../lib/text.js";
import { useTopic } from "../../lib/topics.js";
import { Act, Empty, Failure, Link, Loading, Spark, useAnswer } from "../../lib/ui.js";
import { Bulk } from "../operations/bulk.js";
import { sample } from "./letters.js";

/** @typedef {{fingerprint: string, error: string, topic: string, count: number, first_seen: string, last_seen: string, per_minute?: number[]}} Group */

/** The letters of a group. @param {Group} group */
const place = (group) => `/dead-letters?view=letters&fingerprint=${encodeURIComponent(group.fingerprint)}`;

/** @param {(action: "replay" | "discard", group: Group) => void} start @returns {import("../../lib/long-table.js").Column[]} */
const columns = (start) => [
  { name: "error", title: t("letters.error"), width: 19, cell: (/** @type {Group} */ group) => html`<${Link} href=${place(group)}><${Clip} value=${group.error} most=${160} /><//>` },
  { name: "topic", title: t("letters.topic"), width: 10, cell: (group) => html`<${Clip} value=${group.topic} most=${40} code=${true} />` },
  { name: "count", title: t("letters.count"), width: 5.5, number: true, cell: (group) => html`<b>${number(group.count)}</b>` },
  { name: "spark", title: t("letters.spark"), width: 9.5, cell: (group) => group.per_minute && html`<${Spark} values=${group.per_minute} label=${t("letters.spark.label", { count: group.per_minute.reduce((/** @type {number} */ sum, /** @type {number} */ each) => sum + each, 0) })} />` },
  { name: "first", title: t("letters.first"), width: 7.8, cell: (group) => html`<${Time} at=${group.first_seen} />` },
  { name: "last", title: t("letters.last"), width: 7.8, cell: (group) => html`<${Time} at=${group.last_seen} />` },
  { name: "act", title: t("letters.act"), width: 11.5, cell: (group) => html`<span class="buttons nowrap"><${Act} role="operator" onClick=${() => start("replay", group)}>${t("letters.replay")}<//><${Act} role="operator" danger=${true} onClick=${() => start("discard", group)}>${t("letters.discard")}<//></span>` },
];

export function Groups() {
  const { data, error, again } = useAnswer("groups", (signal) => get("/dead-letters/groups", {}, signal));
  const live = useTopic("dead_letters");
  /** @type {Group[] | null} */
  const groups = live?.groups ?? data;
  const [asking, setAsking] = useState(/** @type {{action: "replay" | "discard", group: Group | null} | null} */ (null));
  if (!groups) return error ? html`<${Failure} error=${error} retry=${again} />` : html`<${Loading} />`;
  const total = groups.reduce((/** @type {number} */ sum, /** @type {Group} */ group) => sum + group.count, 0);
  const close = () => {
    setAsking(null);
    again();
  };
  return html`<div class="row"><p class="lead"><b class="tabular">${number(total)}</b> ${t("letters.parked", { count: total })}${groups.length > 0 && html` <span class="fine">${t("letters.groups", { count: groups.length })}</span>`}</p>
      ${total > 0 && html`<span class="buttons"><${Act} role="operator" onClick=${() => setAsking({ action: "replay", group: null })}>${t("letters.replay.all")}<//><${Act} role="operator" danger=${true} onClick=${() => setAsking({ action: "discard", group: null })}>${t("letters.discard.all")}<//></span>`}</div>
    ${groups.length === 0
      ? html`<${Empty}><p>${t("letters.empty")}</p><${Link} href="/dead-letters?view=letters&state=discarded">${t("letters.see.discarded")}<//><//>`
      : html`<${LongTable} label=${t("letters.view.groups")} columns=${columns((action, group) => setAsking({ action, group }))} rows=${groups} id=${(/** @type {Group} */ group) => group.fingerprint} onOpen=${(/** @type {Group} */ group) => go(place(group))} />`}
    ${asking && html`<${Bulk} path="/dead-letters/operations" action=${asking.action} what=${asking.group ? { filter: { fingerprint: asking.group.fingerprint } } : {}}
      subject=${asking.group ? html`<${Clip} value=${asking.group.error} most=${200} />` : t("letters.all.parked")} sample=${sample} onClose=${close} />`}`;
}
