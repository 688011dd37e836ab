/** Collects the licences of the packages that ended up in the bundle. */
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';

const ALLOWED = new Set(['MIT', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', '0BSD', 'Python-2.0']);

/**
 * Published under MIT but without a licence file: whom the licence of their repository (of toggle-selection: the
 * package's own manifest) names.
 */
const HOLDERS = new Map([
  ['@graphiql/plugin-doc-explorer', '2021 GraphQL Contributors'],
  ['@graphiql/plugin-history', '2021 GraphQL Contributors'],
  ['react-compiler-runtime', 'Meta Platforms, Inc. and affiliates.'],
  ['react-remove-scroll-bar', '2025 Anton Korzunov <thekashey@gmail.com>'],
  ['toggle-selection', 'sudodoki <smd.deluzion@gmail.com> and contributors'],
]);

const mit = holder => `MIT License

Copyright (c) ${holder}

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;

/** Folders of the packages with at least one byte in an output, relative to the root. */
function bundledPackages(metafile) {
  const folders = new Set();
  for (const { inputs } of Object.values(metafile.outputs)) {
    for (const [file, { bytesInOutput }] of Object.entries(inputs)) {
      const folder = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1];
      if (folder && bytesInOutput > 0) folders.add(folder);
    }
  }
  return folders;
}

async function licenceText(folder, manifest) {
  const names = (await readdir(folder)).filter(name => /^(licen[cs]e|notice|copying)/i.test(name)).sort();
  if (names.length > 0) {
    const texts = await Promise.all(names.map(name => readFile(path.join(folder, name), 'utf8')));
    return texts.map(text => text.trim()).join('\n\n');
  }
  const holder = HOLDERS.get(manifest.name);
  if (manifest.license === 'MIT' && holder) return mit(holder);
  throw new Error(`${manifest.name} (${manifest.license}) has no licence file: look it up and add it to HOLDERS`);
}

/** Breaks lines at 120 characters, keeping the indentation out of it. */
const wrap = text => text.replace(/\r/g, '').replace(/[ \t]+$/gm, '').replace(/.{121,}/g, line =>
  line.replace(/(.{1,120})(?:\s+|$)/g, '$1\n').trimEnd());

/**
 * The notice file: every bundled package with version, licence and its licence text; packages that share a text share
 * a section. Throws when a licence is not permissive or its text cannot be found.
 */
export async function notices(root, metafile) {
  const sections = new Map();
  for (const folder of bundledPackages(metafile)) {
    const manifest = JSON.parse(await readFile(path.join(root, folder, 'package.json'), 'utf8'));
    if (!ALLOWED.has(manifest.license)) throw new Error(`${manifest.name}: licence ${manifest.license} not allowed`);
    const text = wrap(await licenceText(path.join(root, folder), manifest));
    const names = sections.get(text) ?? new Set();
    sections.set(text, names.add(`${manifest.name} ${manifest.version} (${manifest.license})`));
  }
  const rule = '-'.repeat(80);
  const parts = [...sections].map(([text, names]) => `${[...names].sort().join('\n')}\n\n${text}`).sort();
  const intro = 'The explorer page of Media Gateway contains code of these packages, bundled and minified.';
  return Buffer.from(`${[intro, ...parts].join(`\n\n${rule}\n\n`)}\n`);
}
