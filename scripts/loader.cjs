#!/usr/bin/env node
// What `bin` and the editor start: runs a bundle beside it from V8's code cache, which saves compiling megabytes on every start.
// The build fills in BUNDLE and FLAGS, and runs examples to write the caches; each belongs to one version of V8, any other ignores it,
// and so does this where there is none. An editor brings a V8 of its own: the folder that it names keeps a cache for that.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const v8 = require('node:v8');
const vm = require('node:vm');

// Part of what a cache is checked against, so that it holds when the cache is written, too.
v8.setFlagsFromString(FLAGS);

const filename = path.join(__dirname, `${BUNDLE}.js`);
const built = path.join(__dirname, `${BUNDLE}.cache`);
const folder = process.env.SHAPELINT_CODE_CACHE;
const [own, cachedData] = folder === undefined ? [undefined, read(built)] : ownCache(folder);
// The bundle is one function, in ASCII.
const script = new vm.Script(fs.readFileSync(filename, 'latin1'), { filename, ...(cachedData === undefined ? {} : { cachedData }) });
script.runInThisContext()(exports, require, module, filename, __dirname);
if (process.env.SHAPELINT_WRITE_CODE_CACHE === '1') process.on('exit', () => write(built));
else if (own !== undefined && script.cachedDataRejected !== false) {
  // When the start is over, or at the end if that comes first.
  let kept = false;
  const once = () => {
    if (!kept) keep(own);
    kept = true;
  };
  setTimeout(once, 20_000).unref();
  process.on('exit', once);
}

function read(file) {
  try {
    return fs.readFileSync(file);
  } catch {
    return undefined;
  }
}

function write(file) {
  v8.setFlagsFromString(FLAGS);
  fs.writeFileSync(file, script.createCachedData());
}

/** The cache of this V8 for this very bundle in the folder. V8 compares no more than a source's length. */
function ownCache(folder) {
  const { mtimeMs, size } = fs.statSync(filename);
  const file = path.join(folder, `${BUNDLE}-${process.versions.v8}-${size}-${Math.round(mtimeMs)}.cache`);
  return [file, read(file)];
}

/** Writes the cache after the start, whole or not at all, in place of those of other versions. */
function keep(file) {
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    for (const name of fs.readdirSync(path.dirname(file))) {
      if (name.startsWith(`${BUNDLE}-`)) fs.rmSync(path.join(path.dirname(file), name), { force: true });
    }
    write(`${file}.${process.pid}`);
    fs.renameSync(`${file}.${process.pid}`, file);
  } catch {
    // A folder that cannot be written: the next start compiles again.
  }
}
