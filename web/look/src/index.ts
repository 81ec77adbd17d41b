// What the pages share.

export { byId, make, setText } from "./elements.js";
export { icon, type IconName } from "./icons.js";
export { painter } from "./paint.js";
export { setUpThemeSwitch } from "./theme-switch.js";
