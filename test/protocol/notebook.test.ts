/** Notebooks over the protocol: their cells are one program, and each thing is said of the cell it stands in. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { CodeAction, CodeLens, Diagnostic, Hover, InlayHint } from 'vscode-languageserver-protocol';
import { Client, positionOf } from './client.ts';

const notebook = 'file:///work/lesson.ipynb';
const cell = (n: number): string => `vscode-notebook-cell:/work/lesson.ipynb#c${n}`;
const texts = [
  'import torch\nimport torch.nn as nn\n!pip install einops\n',
  'class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.fc = nn.Linear(8, 2)\n\n    def forward(self, x):\n        return self.fc(x)\n',
  '%matplotlib inline\nx = torch.zeros(4, 5)\ny = Net()(x)\n',
];

let client: Client;

before(async () => {
  client = await Client.start();
  void client.connection.sendNotification('notebookDocument/didOpen', {
    notebookDocument: {
      uri: notebook,
      notebookType: 'jupyter-notebook',
      version: 1,
      cells: texts.map((_, n) => ({ kind: 2, document: cell(n) })),
    },
    cellTextDocuments: texts.map((text, n) => ({ uri: cell(n), languageId: 'python', version: 1, text })),
  });
});

after(() => client.stop());

function edit(n: number, version: number, text: string): void {
  void client.connection.sendNotification('notebookDocument/didChange', {
    notebookDocument: { uri: notebook, version },
    change: { cells: { textContent: [{ document: { uri: cell(n), version }, changes: [{ text }] }] } },
  });
}

const some = (diagnostics: readonly Diagnostic[]): boolean => diagnostics.length > 0;
const none = (diagnostics: readonly Diagnostic[]): boolean => diagnostics.length === 0;

test('a fault stands in the cell that raises, its origins in the cells they are in', async () => {
  const [found] = await client.push(cell(1), some);
  assert.equal(found?.code, 'linear-input-size');
  assert.deepEqual(found?.range.start, { line: 6, character: 15 });
  const places = (found?.relatedInformation ?? []).map(({ location }) => location.uri);
  assert.ok(places.includes(cell(1)), places.join());
  assert.ok(places.includes(cell(2)), places.join());
  await client.push(cell(0), none);
  await client.push(cell(2), none);
});

test('hovers, hints and lenses are those of the cell', async () => {
  const textDocument = { uri: cell(2) };
  const hover = await client.request<Hover>('textDocument/hover', { textDocument, position: positionOf(texts[2] ?? '', 'x =') });
  assert.match(JSON.stringify(hover.contents), /\[4, 5\]/);
  const range = { start: { line: 0, character: 0 }, end: { line: 9, character: 0 } };
  const hints = await client.request<InlayHint[]>('textDocument/inlayHint', { textDocument, range });
  assert.deepEqual([hints[0]?.label, hints[0]?.position.line], ['[4, 5]', 1]);
  assert.deepEqual(await client.request<CodeLens[]>('textDocument/codeLens', { textDocument }), []);
  const lenses = await client.request<CodeLens[]>('textDocument/codeLens', { textDocument: { uri: cell(1) } });
  assert.ok(lenses.some(({ command }) => command?.title.includes('Run sample shapes')));
});

test('a fix that belongs to the whole file edits its first cell', async () => {
  const [diagnostic] = await client.push(cell(1), some);
  const actions = await client.request<CodeAction[]>('textDocument/codeAction', {
    textDocument: { uri: cell(1) },
    range: diagnostic?.range,
    context: { diagnostics: [diagnostic] },
  });
  const edited = (title: RegExp): string[] => Object.keys(actions.find((each) => title.test(each.title))?.edit?.changes ?? {});
  assert.deepEqual(edited(/on this line/), [cell(1)]);
  assert.deepEqual(edited(/in this file/), [cell(0)]);
});

test('an edit in one cell is seen in the others, and a cell taken away is gone', async () => {
  edit(2, 2, (texts[2] ?? '').replace('4, 5', '4, 8'));
  await client.push(cell(1), none);
  client.published.length = 0;
  edit(2, 3, texts[2] ?? '');
  await client.push(cell(1), some);
  client.published.length = 0;
  void client.connection.sendNotification('notebookDocument/didChange', {
    notebookDocument: { uri: notebook, version: 4 },
    change: { cells: { structure: { array: { start: 2, deleteCount: 1 }, didClose: [{ uri: cell(2) }] } } },
  });
  await client.push(cell(1), none);
});

test('closing the notebook takes back what was said', async () => {
  edit(1, 5, 'torch.zeros(2) @ torch.zeros(3)\n');
  await client.push(cell(1), some);
  client.published.length = 0;
  void client.connection.sendNotification('notebookDocument/didClose', {
    notebookDocument: { uri: notebook },
    cellTextDocuments: [{ uri: cell(0) }, { uri: cell(1) }],
  });
  await client.push(cell(1), none);
});
