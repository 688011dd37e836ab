/**
 * Builds the page: src/ and the npm packages of package-lock.json → static/.
 *
 * static/ is committed, so that neither installing nor running the gateway needs Node or the internet. Everything but
 * the page itself and the licence notices carries a hash of its content in its name and may be cached for ever.
 * The output depends on nothing but the sources; tests compare `sources.json` with them to notice a stale build.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { notices } from './notices.mjs';

const ROOT = path.dirname(fileURLToPath(import.meta.url));
const STATIC = path.join(ROOT, 'static');
const LIMIT = 2 * 1024 * 1024;

/** Parts of packages that the page's Content-Security-Policy (`default-src 'self'`) would refuse. */
const contentSecurityPolicy = {
  name: 'content-security-policy',
  setup({ onLoad, onResolve }) {
    // Inserts <style> elements; ours does the same with constructed style sheets.
    onResolve({ filter: /^react-style-singleton$/ }, () => ({ path: path.join(ROOT, 'src/style-sheets.js') }));
    // Loads whatever image address stands in a response as soon as the pointer touches it.
    onResolve({ filter: /\/image-preview\.js$/ }, () => ({ path: path.join(ROOT, 'src/image-preview.js') }));
    // 370 KB of fonts and three icons as data: addresses; page.css draws the icons.
    onLoad({ filter: /node_modules.graphiql.dist.style\.css$/ }, async ({ path: file }) => ({
      contents: (await readFile(file, 'utf8'))
        .replace(/@font-face\s*\{[^}]*\}/g, '')
        .replace(/url\(["']?data:[^)]*\)/g, 'none'),
      loader: 'css',
    }));
  },
};

/** Names of the files the build reads besides node_modules, relative to this folder, sorted. */
async function sources() {
  const inside = await readdir(path.join(ROOT, 'src'), { recursive: true, withFileTypes: true });
  const files = inside.filter(entry => entry.isFile()).map(entry => path.join(entry.parentPath, entry.name));
  return [...files.map(file => path.relative(ROOT, file).replaceAll(path.sep, '/')),
    'build.mjs', 'notices.mjs', 'package.json', 'package-lock.json'].sort();
}

const hash = (algorithm, content) => createHash(algorithm).update(content).digest('hex');

/** Writes one file into static/ and returns the address it is served at. */
async function emit(name, content) {
  if (content.length > LIMIT) throw new Error(`${name} has ${content.length} bytes, more than ${LIMIT}`);
  await writeFile(path.join(STATIC, name), content);
  return `/static/${name}`;
}

/** The same with a hash of the content in the name. */
const emitHashed = (stem, extension, content) =>
  emit(`${stem}-${hash('sha256', content).slice(0, 12)}${extension}`, content);

const result = await build({
  absWorkingDir: ROOT,
  entryPoints: { graphiql: 'src/main.jsx' },
  outdir: 'static',
  write: false,
  bundle: true,
  minify: true,
  metafile: true,
  format: 'esm',
  target: 'es2022',
  charset: 'utf8',
  lineLimit: 100,
  jsx: 'automatic',
  legalComments: 'none', // all of them are in THIRD-PARTY-NOTICES.txt, which the banner names
  banner: {
    js: '/*! Third-party licences: /static/THIRD-PARTY-NOTICES.txt */',
    css: '/*! Third-party licences: /static/THIRD-PARTY-NOTICES.txt */',
  },
  define: { 'process.env.NODE_ENV': '"production"' },
  loader: { '.graphql': 'text' },
  // one copy of graphql-js, whether a package imports or requires it
  alias: { graphql: path.join(ROOT, 'node_modules/graphql/index.mjs') },
  plugins: [contentSecurityPolicy],
  logLevel: 'warning',
});

await rm(STATIC, { recursive: true, force: true });
await mkdir(STATIC, { recursive: true });
const output = extension => result.outputFiles.find(file => file.path.endsWith(extension)).contents;
const addresses = {
  script: await emitHashed('graphiql', '.js', output('.js')),
  style: await emitHashed('graphiql', '.css', output('.css')),
  favicon: await emitHashed('favicon', '.svg', await readFile(path.join(ROOT, 'src/favicon.svg'))),
};
const template = await readFile(path.join(ROOT, 'src/index.html'), 'utf8');
await emit('index.html', template.replace(/\{\{(\w+)\}\}/g, (_, name) => addresses[name]));
await emit('THIRD-PARTY-NOTICES.txt', await notices(ROOT, result.metafile));
const digests = {};
for (const name of await sources()) digests[name] = hash('sha256', await readFile(path.join(ROOT, name)));
await emit('sources.json', `${JSON.stringify(digests, null, 2)}\n`);

for (const name of (await readdir(STATIC)).sort()) {
  const { length } = await readFile(path.join(STATIC, name));
  console.log(`${String(length).padStart(9)}  static/${name}`);
}
