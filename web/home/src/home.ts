// The page at "/": one channel on four bells, a board that all visitors play on, the guide's code at work, and what goes over
// its wire.

import { byId, setUpThemeSwitch } from "@carillon/look";
import { startBells } from "./bells.js";
import { Feed } from "./feed.js";
import { GuidePane } from "./guide-pane.js";
import { showLink } from "./pill.js";
import { setUpPlayground } from "./playground.js";
import { setUpPublish } from "./publish.js";
import { Wire } from "./wire.js";

setUpThemeSwitch(byId<HTMLButtonElement>("theme"));
setUpPublish();
void startBells(showLink);
setUpPlayground();

const wire = new Wire();
const feed = new Feed(
  (event) => wire.on(event),
  (available) => wire.available(available),
);
const guide = new GuidePane(feed);
void guide.show();
void guide.run();
