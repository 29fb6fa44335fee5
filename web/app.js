// @ts-check
/** The console: signs in, speaks the reader's language, and shows the screen of the address. */
import { identify, session } from "./lib/api.js";
import { html, render, signal, useEffect } from "./lib/html.js";
import { speak, t } from "./lib/i18n.js";
import "./lib/keys.js";
import { route } from "./lib/router.js";
import { SCREENS } from "./lib/screens.js";
import { Shell } from "./lib/shell.js";
import { Failure, Loading, Page } from "./lib/ui.js";
import { SignIn } from "./screens/sign-in.js";

/** Modules that are there, by screen. @type {import("./vendor/signals.js").Signal<Record<string, any>>} */
const loaded = signal({});
/** What went wrong at the start. */
const broken = signal(/** @type {any} */ (null));

/** The address's screen, loaded when it is first opened. */
function Screen() {
  const name = route.value.screen || "overview";
  const screen = SCREENS.find((known) => known.name === name);
  const there = loaded.value[name];
  useEffect(() => {
    if (!screen || there) return;
    screen.load().then(
      (module) => (loaded.value = { ...loaded.value, [name]: module.default }),
      (error) => (broken.value = error),
    );
  }, [name]);
  if (!screen) return html`<${Page} title=${t("nowhere")}><p>${t("nowhere.hint")}</p><//>`;
  if (broken.value && !there) return html`<${Failure} error=${broken.value} retry=${() => location.reload()} />`;
  return there ? html`<${there} key=${name} />` : html`<${Loading} />`;
}

function App() {
  const who = session.value;
  if (broken.value && !who) return html`<${Failure} error=${broken.value} retry=${() => location.reload()} />`;
  if (!who) return html`<${Loading} />`;
  if (!who.role) return html`<${SignIn} />`;
  return html`<${Shell}><${Screen} /><//>`;
}

const root = /** @type {HTMLElement} */ (document.getElementById("app"));
await speak();
await identify().catch((error) => (broken.value = error));
root.replaceChildren();
render(html`<${App} />`, root);
