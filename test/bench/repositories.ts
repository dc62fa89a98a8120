/**
 * Whole repositories through `check`: one row of `repositories.md` for each folder named, and what was said of it.
 *
 *   node --import tsx test/bench/repositories.ts [--list] [--slow MS] NAME@COMMIT=FOLDER…
 *
 * Seconds are the processor's, so that other work on the machine counts as little as it can.
 * `--list` also prints each diagnostic and each file left partial; `--slow` each file that took longer. It fails where it saw no file.
 */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { check } from '../../server/check/check.ts';
import type { Report } from '../../server/check/report.ts';
import { openDocument } from '../../server/cli/documents.ts';
import { findFiles } from '../../server/cli/files.ts';
import { importsFrom } from '../../server/cli/imports.ts';
import { Unreadable } from '../../server/cli/runtime.ts';
import { testParser } from '../unit/python-parser.ts';

/** How much of the shapes of a place's tensors is known: every size, some, none. */
type Known = 'fully' | 'partly' | 'not';

interface Tally {
  files: number;
  unreadable: number;
  lines: number;
  seconds: number;
  partial: number;
  internal: number;
  error: number;
  warning: number;
  info: number;
  readonly shapes: Record<Known, number>;
}

const python = await testParser();
const { values: flags, positionals } = parseArgs({
  options: { list: { type: 'boolean', default: false }, slow: { type: 'string' } },
  allowPositionals: true,
});
const slow = flags.slow === undefined ? Number.POSITIVE_INFINITY : Number(flags.slow);

/** A shape as it is spelled: `*` alone is a run of sizes, in `2*H` it multiplies; `?` stands for a size or for a whole item. */
function knownOf(shape: string): Known {
  const words = shape.split(/[[\](), ]+/).filter((word) => word !== '' && word !== 'packed');
  const open = words.filter((word) => word === '*' || word === '...' || word.includes('?'));
  if (open.length === 0) return 'fully';
  return open.length === words.length ? 'not' : 'partly';
}

function look(folder: string): Tally {
  const tally: Tally = {
    files: 0,
    unreadable: 0,
    lines: 0,
    seconds: 0,
    partial: 0,
    internal: 0,
    error: 0,
    warning: 0,
    info: 0,
    shapes: { fully: 0, partly: 0, not: 0 },
  };
  const importSource = importsFrom(python, [folder]);
  for (const file of findFiles([folder]).files) {
    try {
      const started = process.cpuUsage();
      const document = openDocument(python, file, undefined);
      const report = check(document.source, { importSource });
      const { user, system } = process.cpuUsage(started);
      const ms = (user + system) / 1000;
      const lines = document.source.text.split('\n').length;
      tally.files += 1;
      tally.lines += lines;
      tally.seconds += ms / 1000;
      if (ms > slow) console.log(`slow ${file}: ${lines} lines in ${ms.toFixed(0)} ms`);
      count(tally, report);
      if (flags.list) list(report, file, (offset) => document.position(offset).line);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      tally.unreadable += 1;
      if (flags.list) console.log(`unreadable ${error.message}`);
    }
  }
  return tally;
}

function count(tally: Tally, report: Report): void {
  if (report.status === 'partial') tally.partial += 1;
  for (const found of report.diagnostics) {
    if (found.code === 'internal-error') tally.internal += 1;
    else tally[found.severity] += 1;
  }
  for (const { shape } of report.shapes) tally.shapes[knownOf(shape)] += 1;
}

function list(report: Report, file: string, lineOf: (offset: number) => number): void {
  if (report.status === 'partial') console.log(`partial ${file}`);
  for (const d of report.diagnostics) {
    console.log(`${d.severity} ${file}:${lineOf(d.start)}: ${d.message} [${d.code}]`);
    for (const r of d.related) console.log(`    ${path.basename(r.file)}: ${r.message}`);
  }
}

function row(name: string, commit: string, t: Tally): string {
  const tensors = t.shapes.fully + t.shapes.partly + t.shapes.not;
  const share = (n: number): string => (tensors === 0 ? '–' : `${((100 * n) / tensors).toFixed(1)} %`);
  const cells = [
    name,
    `\`${commit.slice(0, 10)}\``,
    t.unreadable === 0 ? t.files : `${t.files} (${t.unreadable} unreadable)`,
    t.lines,
    t.seconds.toFixed(1),
    (t.lines / t.seconds).toFixed(0),
    t.partial,
    t.internal,
    t.error,
    t.warning,
    tensors,
    ...(['fully', 'partly', 'not'] as const).map((known) => share(t.shapes[known])),
  ];
  return `| ${cells.join(' | ')} |`;
}

const columns =
  'repository | commit | files | lines | s | lines/s | partial | internal | errors | warnings | tensors | known | partly | unknown';
console.log(`| ${columns} |\n|${columns.replaceAll(/[^|]+/g, '---')}|`);
for (const named of positionals) {
  const [, name, commit, folder] = /^([^@=]+)@([^=]+)=(.+)$/.exec(named) ?? [];
  if (name === undefined || commit === undefined || folder === undefined) throw new Error(`${named}: NAME@COMMIT=FOLDER is wanted`);
  const tally = look(folder);
  if (tally.files === 0) throw new Error(`${folder}: no file was read`);
  console.log(row(name, commit, tally));
}
