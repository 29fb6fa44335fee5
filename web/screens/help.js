// @ts-check
/** Help: the keys, what each screen is for, what the words mean, and where more is written. */
import { session } from "../lib/api.js";
import { ZONE } from "../lib/format.js";
import { html } from "../lib/html.js";
import { t } from "../lib/i18n.js";
import { SCREENS } from "../lib/screens.js";
import { Link, Page, Panel } from "../lib/ui.js";

/** Keys, and the text that says what each does. @type {[string[], string][]} */
const KEYS = [
  [["g", "…"], "help.key.go"],
  [["/"], "help.key.filter"],
  [["j"], "help.key.down"],
  [["k"], "help.key.up"],
  [["Enter"], "help.key.open"],
  [["x"], "help.key.select"],
  [["Esc"], "help.key.leave"],
  [["?"], "help.key.help"],
];
/** @type {[string[], string][]} */
const TREE = [[["↑", "↓"], "help.key.tree.walk"], [["←", "→"], "help.key.tree.fold"]];
/** @type {[string[], string][]} */
const MAP = [
  [["←", "→", "↑", "↓"], "help.key.map.move"],
  [["+", "−"], "help.key.map.zoom"],
  [["0"], "help.key.map.fit"],
  [[",", "."], "help.key.map.step"],
  [["l"], "help.key.map.lasso"],
];
const WORDS = ["actor", "epoch", "budget", "mailbox", "breaker", "letter", "outbox", "drain", "conservation", "silent"];
/** Addresses of this instance, and what they are. @type {[string, string][]} */
const PAPERS = [["/docs", "help.paper.docs"], ["/openapi.json", "help.paper.openapi"], ["/readyz", "help.paper.ready"]];

/** @param {{keys: [string[], string][]}} props */
const Keys = ({ keys }) => html`<dl class="keys">${keys.map(
  ([names, text]) => html`<dt>${names.map((name) => html`<kbd>${name}</kbd>`)}</dt><dd>${t(text)}</dd>`,
)}</dl>`;

export default function Screen() {
  return html`<${Page} title=${t("screen.help")}>
    <div class="grid wide">
      <${Panel} title=${t("help.screens")}>
        <dl class="keys">${SCREENS.map((screen) => html`<dt><kbd>g</kbd><kbd>${screen.key}</kbd></dt>
          <dd><${Link} href=${screen.path}>${t(`screen.${screen.name}`)}<//><br /><span class="fine">${t(`help.screen.${screen.name}`)}</span></dd>`)}</dl>
      <//>
      <div>
        <${Panel} title=${t("help.keys")}><${Keys} keys=${KEYS} /><p class="fine">${t("help.keys.safe")}</p><//>
        <${Panel} title=${t("help.keys.tree")}><${Keys} keys=${TREE} /><//>
        <${Panel} title=${t("help.keys.map")}><${Keys} keys=${MAP} /><//>
      </div>
      <div>
        <${Panel} title=${t("help.words")}>
          <dl class="words">${WORDS.map((word) => html`<dt>${t(`help.word.${word}`)}</dt><dd>${t(`help.word.${word}.is`)}</dd>`)}</dl>
        <//>
        <${Panel} title=${t("help.papers")}>
          <ul>${PAPERS.map(([path, text]) => html`<li><a href=${path}>${t(text)}</a> <code>${path}</code></li>`)}</ul>
          <p class="fine">${t("help.about", { version: session.value?.instance.version ?? "", instance: session.value?.instance.id ?? "", zone: ZONE })}</p>
        <//>
      </div>
    </div>
  <//>`;
}
