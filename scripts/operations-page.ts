/**
 * The page of supported operations, docs/operations.md, made from the table: each operation with its aliases, its rule in
 * the shape notation, and a sample with the shape that a check infers of it. `npm run docs` writes it; a test compares.
 */
import { check } from '../server/check/check.ts';
import type { PythonParser } from '../server/python/parser.ts';
import { MODULES, OPERATIONS } from '../server/torch/table.ts';

interface Entry {
  readonly names: readonly string[];
  readonly shape: string;
  readonly sample: string | undefined;
  readonly doc: string;
}

interface Row extends Entry {
  readonly result: string | undefined;
}

/** Python's modules in the order in which people meet them; an entry stands under that of its first name. */
const SECTIONS: readonly (readonly [heading: string, prefix: string])[] = [
  ['Modules', 'nn'],
  ['torch.nn.functional', 'F'],
  ['torch', 'torch'],
  ['Methods and properties of tensors only', 'Tensor'],
  ['torch.linalg', 'torch.linalg'],
  ['torch.nn.init', 'nn.init'],
  ['torch.nn.utils', 'nn.utils'],
  ['torch.nn.utils.rnn', 'nn.utils.rnn'],
  ['torch.autograd', 'torch.autograd'],
];

const HEAD = 'import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\nimport einops\nimport einops.layers.torch\n';

export function operationsPage(python: PythonParser): string {
  const entries: Entry[] = [
    ...MODULES.filter((entry) => entry.init !== undefined || entry.samples.length > 0).map((entry) => ({
      names: [entry.name, ...(entry.aliases ?? [])],
      shape: entry.shape,
      sample: entry.samples[0],
      doc: entry.doc,
    })),
    ...OPERATIONS.map(({ names, shape, samples, doc }) => ({ names, shape, sample: samples[0], doc })),
  ];
  const shapes = shapesOf(
    python,
    entries.map(({ sample }) => sample),
  );
  const rows = entries.map((entry, i) => ({ ...entry, result: shapes[i] }));
  const prefixes = new Set(rows.map(({ names }) => prefixOf(names)));
  const headed = new Set(SECTIONS.map(([, prefix]) => prefix));
  const others = [...prefixes].filter((prefix) => !headed.has(prefix)).sort();
  const sections = [...SECTIONS, ...others.map((prefix) => [prefix, prefix] as const)];
  return [
    '# Supported operations',
    '',
    `${rows.length} operations. This page is written by \`npm run docs\` from the table in \`server/torch\`; a test fails when it is stale.`,
    'Shapes are in the notation of the hovers: `*` is a run of sizes of any length, `N?` a size that may be absent. A name links to PyTorch’s page.',
    '',
    ...sections.flatMap(([heading, prefix]) => section(heading, rows.filter(({ names }) => prefixOf(names) === prefix).sort(byName))),
  ].join('\n');
}

function byName(a: Row, b: Row): number {
  const [x, y] = [a.names[0] as string, b.names[0] as string];
  return x < y ? -1 : x > y ? 1 : 0;
}

function prefixOf(names: readonly string[]): string {
  const [first = ''] = names;
  return first.slice(0, first.lastIndexOf('.'));
}

function section(heading: string, rows: readonly Row[]): readonly string[] {
  if (rows.length === 0) return [];
  return [`## ${heading}`, '', '| operation | rule | for example |', '|---|---|---|', ...rows.map(line), ''];
}

function line({ names, shape, sample, result, doc }: Row): string {
  const [name, ...aliases] = names;
  const also = aliases.length === 0 ? '' : `<br>${aliases.map(code).join(' ')}`;
  const example = sample === undefined ? '' : result === undefined ? code(sample) : `${code(sample)} → ${code(result)}`;
  return `| [${code(name as string)}](${addressOf(doc)})${also} | ${code(shape)} | ${example} |`;
}

/** A cell of a table cannot hold a bar or a line break, not even in code. */
function code(text: string): string {
  return `\`${text.replaceAll('|', '\\|').replace(/\s+/g, ' ')}\``;
}

function addressOf(doc: string): string {
  const full = doc.startsWith('torch.') || doc === 'type_info' ? doc : `torch.${doc}`;
  return doc === 'type_info'
    ? 'https://docs.pytorch.org/docs/stable/type_info.html'
    : `https://docs.pytorch.org/docs/stable/generated/${full}.html`;
}

/** What a check infers of each sample, all in one program. */
function shapesOf(python: PythonParser, samples: readonly (string | undefined)[]): (string | undefined)[] {
  const text = HEAD + samples.map((sample, i) => (sample === undefined ? '' : `y${i} = ${sample}\n`)).join('');
  const report = check(python.parse('samples.py', text), { budget: 10_000_000 });
  const named = new Map(report.shapes.map((row) => [row.text, row.shape]));
  return samples.map((_, i) => named.get(`y${i}`));
}
