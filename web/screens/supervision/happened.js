// @ts-check
/** What happened to actors while this page was open, newest first. */
import { Time } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { plain } from "../../lib/text.js";
import { Badge, Link, Panel } from "../../lib/ui.js";
import { summary } from "./drawing.js";
import { pageOf } from "./look.js";
import { stories } from "./marked.js";
import { bad } from "./stories.js";

const MOST = 12;

/** @param {{key?: string, only?: string}} props `only` is one actor's key */
export function Happened({ only }) {
  const all = stories.value.filter((story) => !only || story.key === only);
  return html`<${Panel} title=${t("happened.title")} hint=${t("happened.hint")} class="happened">
    ${all.length === 0 ? html`<p class="fine">${t("happened.none")}</p>` : html`<ol>${all.slice(0, MOST).map((story) => html`<li key=${story.id}>
      <${Time} at=${story.at} /> <${Badge} kind=${story.next !== null ? "good" : bad(story) ? "bad" : "calm"}>${t(story.next !== null ? "happened.back" : story.exit ? "happened.down" : "happened.told")}<//>${" "}
      <${Link} href=${pageOf(story)} title=${story.path}>${story.path.split("/").at(-1)}<//> <span class="told" title=${summary(story)}>${summary(story)}</span>
      ${story.command && story.exit && html` <small>${t("happened.by", { verb: t(`verb.${story.command}`) })}${story.reason ? ` · ${plain(story.reason)}` : ""}</small>`}
      ${story.command && !story.exit && story.reason && html` <small>${plain(story.reason)}</small>`}</li>`)}</ol>`}
  <//>`;
}
