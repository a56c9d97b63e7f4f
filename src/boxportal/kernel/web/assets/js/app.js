// What every signed-in page loads. Each part finds its elements by data attributes and works on fragments that come later.
import { startConfirm } from "./confirm.js";
import { startCopy } from "./copy.js";
import { startDialogs } from "./dialogs.js";
import { startForms } from "./forms.js";
import { startHtmx } from "./requests.js";
import { startIslands } from "./islands.js";
import { startKeys } from "./keys.js";
import { startLive } from "./live.js";
import { startMenus } from "./menus.js";
import { startTheme } from "./appearance.js";
import { startTimes } from "./times.js";
import { startToasts } from "./toasts.js";

startHtmx();
startToasts();
startDialogs();
startConfirm();
startForms();
startMenus();
startTheme();
startKeys();
startTimes();
startCopy();
startIslands();
startLive();
