// @ts-check
import { html } from "../lib/html.js";
import { t } from "../lib/i18n.js";
import { Page } from "../lib/ui.js";

export default function Screen() {
  return html`<${Page} title=${t("screen.dead-letters")}><//>`;
}
