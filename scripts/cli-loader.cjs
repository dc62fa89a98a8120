#!/usr/bin/env node
// What `bin` points at: starts the bundled command line from V8's code cache, which saves compiling it on every call.
// The cache belongs to one version of V8; any other ignores it, and so does this where there is none.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const v8 = require('node:v8');
const vm = require('node:vm');

// While a program is loaded and read, optimising what runs often costs more than it saves: that begins late until `patience.ts` ends it.
// Part of what the cache is checked against, so that it holds when the cache is written, too.
const patience = '--interrupt-budget=1000000';
v8.setFlagsFromString(patience);

const filename = path.join(__dirname, 'cli-main.js');
const cacheFile = path.join(__dirname, 'cli-main.cache');
const cachedData = fs.existsSync(cacheFile) ? fs.readFileSync(cacheFile) : undefined;
// The bundle is one function, in ASCII.
const script = new vm.Script(fs.readFileSync(filename, 'latin1'), { filename, ...(cachedData === undefined ? {} : { cachedData }) });
script.runInThisContext()(exports, require, module, filename, __dirname);
// The build calls this on examples, so that the functions that they need are in the cache.
if (process.env.SHAPELINT_WRITE_CODE_CACHE === '1') {
  process.on('exit', () => {
    v8.setFlagsFromString(patience);
    fs.writeFileSync(cacheFile, script.createCachedData());
  });
}
