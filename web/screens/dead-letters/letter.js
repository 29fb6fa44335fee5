// @ts-check
/** One letter: what went wrong, how often it was tried, what it carries when asked for, and what can be done. */
import { get, post } from "../../lib/api.js";
import { number, Time } from "../../lib/format.js";
import { html, useState } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { Clip, Id, Long, plain } from "../../lib/text.js";
import { Act, Confirm, Empty, Failure, Link, Loading, notice, Page, Panel, useAnswer } from "../../lib/ui.js";
import { useWayBack } from "../../lib/way-back.js";
import { Payload } from "../payload.js";
import { actionsOf, State } from "./letters.js";

/** @param {{letter: import("../../lib/api-types.js").DeadLetter, done: () => void}} props */
function Actions({ letter, done }) {
  const [asking, setAsking] = useState(/** @type {string | null} */ (null));
  const act = async (/** @type {string} */ reason) => {
    const came = await post(`/dead-letters/${encodeURIComponent(letter.id)}/${asking}`, asking === "discard" ? { reason } : {});
    // It was asked rightly, and could not be done: a message that names no order goes nowhere.
    if (came?.done === 0) throw new Error(t("letters.not.done"));
    notice(t(`letters.${asking}.done`));
    done();
  };
  return html`${actionsOf(letter.state).map((each) => html`<${Act} key=${each} role="operator" danger=${each === "discard"} onClick=${() => setAsking(each)}>${t(`letters.${each}`)}<//>`)}
    ${asking && html`<${Confirm} title=${t(`letters.${asking}`)} effect=${t(`letters.${asking}.effect`)} danger=${asking === "discard"} needsReason=${asking === "discard"} act=${act} onClose=${() => setAsking(null)} />`}`;
}

/** @param {{letter: import("../../lib/api-types.js").DeadLetter}} props */
const Facts = ({ letter }) => html`<dl class="facts">
  <dt>${t("letters.state")}</dt><dd><${State} state=${letter.state} />${letter.discard_reason && html` <${Long} value=${letter.discard_reason} />`}</dd>
  <dt>${t("letters.topic")}</dt><dd><${Clip} value=${letter.topic} most=${120} code=${true} /></dd>
  <dt>${t("letters.order")}</dt><dd>${letter.order_id ? html`<${Link} href=${`/orders/${encodeURIComponent(letter.order_id)}`}><code>${letter.order_id}</code><//>` : t("letters.no.order")}</dd>
  <dt>${t("letters.attempts")}</dt><dd>${number(letter.attempts)}</dd>
  <dt>${t("letters.first")}</dt><dd><${Time} at=${letter.first_seen} /></dd>
  <dt>${t("letters.last")}</dt><dd><${Time} at=${letter.last_seen} /></dd>
  <dt>${t("letters.id")}</dt><dd><code>${letter.id}</code></dd>
  <dt>${t("letters.event")}</dt><dd><code>${letter.event_id}</code></dd>
  <dt>${t("letters.fingerprint")}</dt><dd><${Link} href=${`/dead-letters?view=letters&fingerprint=${encodeURIComponent(letter.fingerprint)}`}><${Id} value=${letter.fingerprint} head=${16} /><//></dd>
</dl>`;

/** @param {{id: string}} props */
export function Letter({ id }) {
  const path = `/dead-letters/${encodeURIComponent(id)}`;
  const { data: letter, error, again } = useAnswer(id, (signal) => get(path, {}, signal), { everyMs: 5000 });
  const title = t("letters.title", { id: plain(id.length > 14 ? `…${id.slice(-6)}` : id) });
  const list = useWayBack("/dead-letters");
  const back = html`<${Link} href=${list}>${t("letters.back")}<//>`;
  if (!letter) {
    const unknown = error?.status === 404 || error?.status === 422;
    return html`<${Page} title=${title}>${unknown ? html`<${Empty}><p>${t("letters.unknown")}</p>${back}<//>` : error ? html`<${Failure} error=${error} retry=${again} />` : html`<${Loading} />`}<//>`;
  }
  return html`<${Page} title=${title} actions=${html`<${Actions} letter=${letter} done=${again} />`}>
    ${error && html`<${Failure} error=${error} retry=${again} />`}
    <${Panel} title=${t("letters.error")} actions=${back}><${Long} value=${letter.error} most=${2000} code=${true} /><//>
    <div class="halves"><${Panel} title=${t("letters.facts")}><${Facts} letter=${letter} /><//>
      <${Panel} title=${t("payload.title")}><${Payload} path=${`${path}/payload`} size=${letter.payload_bytes} /><//></div>
  <//>`;
}
