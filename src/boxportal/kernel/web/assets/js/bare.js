// What sign-in and clients' pages load: a few kilobytes.
import { startCopy } from "./copy.js";
import { startForms } from "./forms.js";
import { startFragment } from "./fragment.js";
import { startIslands } from "./islands.js";
import { startTimes } from "./times.js";

startFragment();
startForms();
startTimes();
startCopy();
startIslands();
