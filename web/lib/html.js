// @ts-check
/** Markup and state, from the vendored libraries: the one place that names them. */
import { h, Fragment, render } from "../vendor/preact.js";
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "../vendor/preact-hooks.js";
import { batch, computed, effect, signal, useComputed, useSignal } from "../vendor/signals.js";
import htm from "../vendor/htm.js";

/** Tagged template: markup in, nodes out. Values become text, never markup. */
export const html = htm.bind(h);
export { Fragment, batch, computed, effect, render, signal };
export { useCallback, useComputed, useEffect, useLayoutEffect, useMemo, useRef, useSignal, useState };
