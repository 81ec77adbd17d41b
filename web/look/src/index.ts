// What the pages share.

export { byId, make } from "./elements.js";
export { painter } from "./paint.js";
export { setUpThemeSwitch } from "./theme-switch.js";
