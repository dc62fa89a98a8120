/**
 * The language server as any editor meets it: a process on stdio, spoken to by a real client.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type {
  CodeAction,
  CodeLens,
  Diagnostic,
  DocumentDiagnosticReport,
  FullDocumentDiagnosticReport,
  Hover,
  InlayHint,
  MarkupContent,
} from 'vscode-languageserver-protocol';
import type { SampleAnswer } from '../../server/lsp/protocol.ts';
import { Client, positionAt, positionOf, replacing } from './client.ts';

const wrong = `import torch
import torch.nn as nn


class Tagger(nn.Module):
    def __init__(self, vocab_size: int, hidden_size: int):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, 64)
        self.lstm = nn.LSTM(64, hidden_size, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(hidden_size, 10)

    def forward(self, tokens):
        out, (h, c) = self.lstm(self.embedding(tokens))
        return self.fc(out)
`;
const right = wrong.replace('nn.Linear(hidden_size', 'nn.Linear(2 * hidden_size');

let push: Client;
let pull: Client;
let next = 0;
const fresh = (): string => `file:///memory/model${++next}.py`;

before(async () => {
  [push, pull] = await Promise.all([Client.start(), Client.start({ pull: true })]);
});
after(async () => {
  await Promise.all([push.stop(), pull.stop()]);
});

const errors = (diagnostics: readonly Diagnostic[]): readonly Diagnostic[] => diagnostics.filter((each) => each.severity === 1);

function full(client: Client, uri: string, previousResultId?: string): Promise<DocumentDiagnosticReport> {
  return client.request('textDocument/diagnostic', {
    textDocument: { uri },
    ...(previousResultId === undefined ? {} : { previousResultId }),
  });
}

async function pulled(client: Client, uri: string): Promise<FullDocumentDiagnosticReport> {
  const report = await full(client, uri);
  assert.equal(report.kind, 'full');
  return report as FullDocumentDiagnosticReport;
}

test('says what it can do; pulls only where the client pulls', () => {
  for (const { capabilities } of [push, pull]) {
    assert.deepEqual(capabilities.textDocumentSync, { openClose: true, change: 2 });
    for (const feature of ['hoverProvider', 'inlayHintProvider', 'codeLensProvider', 'codeActionProvider'] as const)
      assert.ok(capabilities[feature], feature);
  }
  assert.equal(push.capabilities.diagnosticProvider, undefined);
  assert.ok(pull.capabilities.diagnosticProvider);
});

test('pushes the error with its place, code, page, related places and PyTorch’s words', async () => {
  const uri = fresh();
  push.open(uri, wrong);
  const [error, ...others] = errors(await push.pushed(uri, 1));
  assert.ok(error !== undefined && others.length === 0);
  assert.equal(error.source, 'ShapeLint');
  assert.equal(error.range.start.line, 13);
  assert.match(String(error.code), /^[a-z0-9]+(?:-[a-z0-9]+)+$/);
  assert.ok(error.codeDescription?.href.startsWith('file:') && error.codeDescription.href.endsWith(`/docs/rules/${error.code}.md`));
  assert.match(String(error.message), /2\*hidden_size/);
  assert.ok((error.relatedInformation ?? []).length > 0);
  assert.ok(error.relatedInformation?.every((place) => place.location.uri === uri));
  push.close(uri);
  assert.deepEqual(await push.push(uri, (diagnostics) => diagnostics.length === 0), []);
});

test('pulls the same, and says so when nothing changed', async () => {
  const uri = fresh();
  pull.open(uri, wrong);
  const first = await pulled(pull, uri);
  assert.equal(errors(first.items).length, 1);
  assert.equal((await full(pull, uri, first.resultId)).kind, 'unchanged');
  pull.change(uri, replacing(wrong, 'nn.Linear(hidden_size', 'nn.Linear(2 * hidden_size'));
  const second = await full(pull, uri, first.resultId);
  assert.equal(second.kind, 'full');
  assert.deepEqual(errors((second as FullDocumentDiagnosticReport).items), []);
});

test('incremental edits give what the whole text gives', async () => {
  const [edited, whole] = [fresh(), fresh()];
  let text = wrong;
  pull.open(edited, text);
  await pulled(pull, edited);
  const edits: readonly (readonly [string, string])[] = [
    ['import torch\n', 'import torch\nimport math\n'],
    ['nn.Linear(hidden_size', 'nn.Linear(2 * hidden_size'],
    ['class Tagger', '# größer 𝒳\nclass Tagger'],
    ['2 * hidden_size', '3 * hidden_size'],
    ['        return self.fc(out)\n', ''],
    ['(tokens))\n', '(tokens))\n        return self.fc(out)\n'],
  ];
  for (const [from, to] of edits) {
    pull.change(edited, replacing(text, from, to));
    text = text.replace(from, () => to);
    pull.open(whole, text);
    const [kept, opened] = [await pulled(pull, edited), await pulled(pull, whole)];
    assert.deepEqual(JSON.parse(JSON.stringify(kept.items).replaceAll(edited, whole)), opened.items);
    pull.close(whole);
  }
  assert.match(text, /3 \* hidden_size/);
  assert.equal(errors((await pulled(pull, edited)).items).length, 1);
});

test('several changes in one message apply one after the other', async () => {
  const uri = fresh();
  pull.open(uri, wrong);
  await pulled(pull, uri);
  const once = wrong.replace('import torch\n', '');
  pull.change(uri, replacing(wrong, 'import torch\n', ''), replacing(once, 'nn.Linear(hidden_size', 'nn.Linear(2 * hidden_size'));
  assert.deepEqual(errors((await pulled(pull, uri)).items), []);
  pull.change(uri, { text: wrong });
  assert.equal(errors((await pulled(pull, uri)).items).length, 1);
});

test('hovers a tensor with its shape', async () => {
  const uri = fresh();
  pull.open(uri, wrong);
  const hover = await pull.request<Hover>('textDocument/hover', { textDocument: { uri }, position: positionOf(wrong, 'out, (h') });
  const { value } = hover.contents as MarkupContent;
  assert.match(value, /2\*hidden_size/);
  // Why it is that: back to the parameter, with links.
  assert.match(value, /`2\*hidden_size`: 2 × `hidden_size` of LSTM, which is bidirectional \(\[line 9\]\(file:.*\.py#L9\)\) ← /);
  assert.equal(await pull.request('textDocument/hover', { textDocument: { uri }, position: { line: 2, character: 0 } }), null);
});

test('hints shapes in the asked lines only', async () => {
  const uri = fresh();
  pull.open(uri, right);
  const hints = (last: number): Promise<InlayHint[]> =>
    pull.request('textDocument/inlayHint', {
      textDocument: { uri },
      range: { start: { line: 0, character: 0 }, end: { line: last, character: 0 } },
    });
  const all = await hints(100);
  assert.ok(
    all.some((hint) => hint.position.line === 12 && /2\*hidden_size/.test(String(hint.label))),
    JSON.stringify(all),
  );
  assert.deepEqual(await hints(3), []);
});

test('a code lens runs a sample, and the sample agrees with what was inferred', async () => {
  const uri = fresh();
  pull.open(uri, right);
  const lenses = await pull.request<CodeLens[]>('textDocument/codeLens', { textDocument: { uri } });
  const run = lenses.find((lens) => lens.command?.command === 'shapelint.runSample');
  assert.ok(run?.command?.arguments?.[0] !== undefined);
  assert.ok(lenses.some((lens) => lens.command?.title.includes('->')));
  const { name, result } = await pull.request<SampleAnswer>('shapelint/sample', run.command.arguments[0]);
  assert.ok(result.ok, result.ok ? '' : result.message);
  assert.ok(result.steps.some((step) => step.agrees === true) && result.steps.every((step) => step.agrees !== false));
  assert.ok(
    result.steps.some((step) => (step.gradient?.length ?? 0) > 1),
    'a recurrent layer shows its gradient at each step back',
  );
  assert.ok(name?.startsWith('Tagger'));
  const byLine = await pull.request<SampleAnswer>('shapelint/sample', { uri, line: 13, set: { hidden_size: 3 } });
  assert.ok(byLine.result.ok && byLine.result.sizes['hidden_size'] === 3 && byLine.name === 'Tagger.forward');
  const closed = await pull.request<SampleAnswer>('shapelint/sample', { uri: 'file:///memory/closed.py' });
  assert.equal(closed.result.ok, false);
});

test('a quick fix changes the size, is the preferred one, and leaves no error', async () => {
  const uri = fresh();
  pull.open(uri, wrong);
  const [error] = errors((await pulled(pull, uri)).items);
  assert.ok(error !== undefined);
  const params = { textDocument: { uri }, range: error.range, context: { diagnostics: [error] } };
  const [first] = await pull.request<CodeAction[]>('textDocument/codeAction', params);
  assert.equal(first?.title, 'Change `in_features` to `hidden_size * 2`');
  assert.equal(first.isPreferred, true);
  pull.change(uri, ...(first.edit?.changes?.[uri] ?? []).map(({ range, newText }) => ({ range, text: newText })));
  assert.deepEqual((await pulled(pull, uri)).items, []);
});

test('a quick fix silences the line, or the file, and the error is gone', async () => {
  for (const where of ['on this line', 'in this file']) {
    const uri = fresh();
    pull.open(uri, wrong);
    const { items } = await pulled(pull, uri);
    const [error] = errors(items);
    assert.ok(error !== undefined);
    const params = { textDocument: { uri }, range: error.range, context: { diagnostics: [error] } };
    const actions = await pull.request<CodeAction[]>('textDocument/codeAction', params);
    const ignore = actions.find((action) => action.title === `Ignore ${error.code} ${where}`);
    assert.ok(ignore?.edit?.changes?.[uri] !== undefined, actions.map((action) => action.title).join(' | '));
    assert.equal(ignore.diagnostics?.length, 1);
    pull.change(uri, ...ignore.edit.changes[uri].map(({ range, newText }) => ({ range, text: newText })));
    assert.deepEqual((await pulled(pull, uri)).items, [], where);
  }
});

test('settings take hold at once: level, off, switches', async () => {
  const uri = fresh();
  push.open(uri, wrong);
  const [error] = errors(await push.pushed(uri, 1));
  const code = String(error?.code);
  push.published.length = 0;
  push.configure({ severity: { [code]: 'warning' } });
  await push.push(uri, (diagnostics) => diagnostics.some((each) => each.code === code && each.severity === 2));
  push.configure({ severity: { [code]: 'off' }, hover: { enabled: false }, inlayHints: { enabled: false }, codeLens: { enabled: false } });
  await push.push(uri, (diagnostics) => diagnostics.every((each) => each.code !== code));
  const textDocument = { uri };
  const position = positionOf(wrong, 'out, (h');
  assert.equal(await push.request('textDocument/hover', { textDocument, position }), null);
  assert.deepEqual(await push.request('textDocument/codeLens', { textDocument }), []);
  const range = { start: { line: 0, character: 0 }, end: { line: 50, character: 0 } };
  assert.deepEqual(await push.request('textDocument/inlayHint', { textDocument, range }), []);
  assert.ok(push.refreshes > 0);
  push.published.length = 0;
  push.configure({ enable: false });
  await push.push(uri, (diagnostics) => diagnostics.length === 0);
  push.published.length = 0;
  push.configure({ severity: 'nonsense' });
  await push.push(uri, (diagnostics) => errors(diagnostics).length === 1);
  push.close(uri);
});

test('a burst of edits is answered for the last text, and stale pulls are cancelled', async () => {
  const [pushedUri, pulledUri] = [fresh(), fresh()];
  push.open(pushedUri, right);
  pull.open(pulledUri, right);
  await pulled(pull, pulledUri);
  let version = 0;
  const outcomes: Promise<string>[] = [];
  for (let edit = 0; edit < 30; edit += 1) {
    const [from, to] =
      edit % 2 === 0 ? ['nn.Linear(2 * hidden_size', 'nn.Linear(hidden_size'] : ['nn.Linear(hidden_size', 'nn.Linear(2 * hidden_size'];
    const text = edit % 2 === 0 ? right : wrong;
    version = push.change(pushedUri, replacing(text, from, to));
    pull.change(pulledUri, replacing(text, from, to));
    outcomes.push(
      full(pull, pulledUri).then(
        (report) => report.kind,
        (error: { code: number }) => (error.code === -32802 || error.code === -32800 ? 'cancelled' : String(error)),
      ),
    );
  }
  push.change(pushedUri, { text: wrong });
  assert.equal(errors(await push.pushed(pushedUri, version + 1)).length, 1);
  const kinds = await Promise.all(outcomes);
  assert.ok(
    kinds.every((kind) => kind === 'full' || kind === 'cancelled'),
    kinds.join(' '),
  );
  assert.ok(kinds.includes('cancelled'), kinds.join(' '));
  assert.deepEqual(errors((await pulled(pull, pulledUri)).items), []);
  push.close(pushedUri);
});

test('a request that the client cancels while it waits is cancelled', async () => {
  const uri = fresh();
  pull.open(uri, wrong);
  const { CancellationTokenSource } = await import('vscode-jsonrpc/node');
  const source = new CancellationTokenSource();
  const asked = pull.connection.sendRequest('textDocument/diagnostic', { textDocument: { uri } }, source.token);
  source.cancel();
  await assert.rejects(asked, (error: { code: number }) => error.code === -32800);
  assert.equal(errors((await pulled(pull, uri)).items).length, 1);
});

test('broken syntax costs only its own statement', async () => {
  const uri = fresh();
  const broken = `def half(\n\nx = = 3\n\n${wrong}\nfor\n`;
  pull.open(uri, `x = = 3\n${wrong}`);
  assert.equal(errors((await pulled(pull, uri)).items).filter((each) => String(each.message).includes('hidden_size')).length, 1);
  pull.change(uri, { text: broken });
  await pulled(pull, uri);
  for (const text of [
    '',
    '\uFEFF',
    '\0\x01\uFFFD'.repeat(50),
    'def f(',
    '('.repeat(3000),
    `${'if x:\n '.repeat(3)}\tpass\r\n`,
    'while True: pass\n',
    'def f(): return f()\nf()\n',
  ]) {
    pull.change(uri, { text });
    await pulled(pull, uri);
  }
  pull.change(uri, { text: wrong.replaceAll('\n', '\r\n') });
  const [error] = errors((await pulled(pull, uri)).items);
  assert.equal(error?.range.start.line, 13);
});

test('another file of the workspace is imported, open or not, and its change is seen', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'shapelint-'));
  const client = await Client.start({ folder: pathToFileURL(folder).href });
  try {
    const at = (name: string): string => pathToFileURL(path.join(folder, name)).href;
    writeFileSync(path.join(folder, 'layers.py'), 'HIDDEN = 20\n');
    const text = 'import torch\nfrom torch import nn\nfrom layers import HIDDEN\nfc = nn.Linear(HIDDEN, 2)\ny = fc(torch.zeros(3, 10))\n';
    client.open(at('main.py'), text);
    assert.equal(errors(await client.pushed(at('main.py'), 1)).length, 1);
    client.published.length = 0;
    client.open(at('layers.py'), 'HIDDEN = 10\n');
    await client.push(at('main.py'), (diagnostics) => diagnostics.length === 0);
    client.change(at('layers.py'), { range: { start: positionAt('HIDDEN = 10', 9), end: positionAt('HIDDEN = 10', 11) }, text: '30' });
    await client.push(at('main.py'), (diagnostics) => errors(diagnostics).length === 1);
  } finally {
    assert.equal(await client.stop(), 0);
    rmSync(folder, { recursive: true });
  }
});

test('a file that is not open is read again when the client says that it changed', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'shapelint-'));
  const client = await Client.start({ folder: pathToFileURL(folder).href, watches: true });
  try {
    const at = (name: string): string => pathToFileURL(path.join(folder, name)).href;
    const write = (hidden: number): void => {
      writeFileSync(path.join(folder, 'layers.py'), `HIDDEN = ${hidden}\n`);
      void client.connection.sendNotification('workspace/didChangeWatchedFiles', { changes: [{ uri: at('layers.py'), type: 2 }] });
    };
    write(20);
    const text = 'import torch\nfrom torch import nn\nfrom layers import HIDDEN\nfc = nn.Linear(HIDDEN, 2)\ny = fc(torch.zeros(3, 10))\n';
    client.open(at('main.py'), text);
    await client.push(at('main.py'), (diagnostics) => errors(diagnostics).length === 1);
    client.published.length = 0;
    // What is not watched yet is read again without being told.
    await client.registers('workspace/didChangeWatchedFiles');
    write(10);
    await client.push(at('main.py'), (diagnostics) => diagnostics.length === 0);
  } finally {
    assert.equal(await client.stop(), 0);
    rmSync(folder, { recursive: true });
  }
});

test('shapelint lsp --stdio is the same server', async () => {
  const client = await Client.start({ command: [process.execPath, 'dist/cli.js', 'lsp', '--stdio'] });
  const uri = fresh();
  client.open(uri, wrong);
  assert.equal(errors(await client.pushed(uri, 1)).length, 1);
  assert.equal(await client.stop(), 0);
});

test('a server whose client is gone ends', async () => {
  const client = await Client.start();
  const ended = new Promise((resolve) => client.process.once('exit', resolve));
  client.process.stdin?.end();
  await ended;
  client.connection.dispose();
});
