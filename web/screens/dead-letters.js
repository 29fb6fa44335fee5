// @ts-check
/** Dead letters: by what went wrong, one by one, or one in full. */
import { html } from "../lib/html.js";
import { t } from "../lib/i18n.js";
import { requery, route } from "../lib/router.js";
import { Page } from "../lib/ui.js";
import { useAsList } from "../lib/way-back.js";
import { Groups } from "./dead-letters/groups.js";
import { Letter } from "./dead-letters/letter.js";
import { Letters } from "./dead-letters/letters.js";

const VIEWS = /** @type {const} */ (["groups", "letters"]);

export default function Screen() {
  const { rest, query } = route.value;
  return rest ? html`<${Letter} key=${rest} id=${rest} />` : html`<${Lists} query=${query} />`;
}

/** All of them, by error or one by one. @param {{query: URLSearchParams}} props */
function Lists({ query }) {
  useAsList("/dead-letters");
  const view = query.get("view") === "letters" || query.get("fingerprint") ? "letters" : "groups";
  return html`<${Page} title=${t("screen.dead-letters")}>
    <div class="segments" role="group" aria-label=${t("letters.view")}>${VIEWS.map((each) => html`<button key=${each} aria-pressed=${view === each}
      onClick=${() => requery({ view: each === "letters" ? each : null, fingerprint: null, state: null, topic: null, order_id: null }, { replace: false })}>${t(`letters.view.${each}`)}</button>`)}</div>
    ${view === "groups" ? html`<${Groups} />` : html`<${Letters} />`}
  <//>`;
}
