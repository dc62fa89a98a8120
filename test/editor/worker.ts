/**
 * The server as a web worker in a real browser, spoken to with plain messages, as VS Code for the Web would.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { chromium as browserType } from 'playwright-core';
import type { Diagnostic, Hover, MarkupContent } from 'vscode-languageserver-protocol';
import { chromium } from './provision.ts';
import { browserFlags } from './server-host.ts';
import type { Outcome } from './suite/index.ts';

const types: Readonly<Record<string, string>> = { '.js': 'text/javascript', '.wasm': 'application/wasm', '.html': 'text/html' };

interface Answers {
  readonly diagnostics: readonly Diagnostic[];
  readonly mended: readonly Diagnostic[];
  readonly hover: Hover | null;
}

/** Runs in the page: opens a document, pulls its diagnostics and a hover, mends it, pulls again. */
const conversation = `async ({ base, text, mended, position }) => {
  const worker = new Worker(base + '/dist/browser/server.js');
  const waiting = new Map();
  worker.onmessage = ({ data }) => {
    if (data.method && data.id !== undefined) worker.postMessage({ jsonrpc: '2.0', id: data.id, result: (data.params?.items ?? []).map(() => ({})) });
    else if (data.id !== undefined) waiting.get(data.id)(data);
  };
  const failed = new Promise((_, reject) => { worker.onerror = (event) => reject(new Error(event.message)); });
  let last = 0;
  const ask = async (method, params) => {
    const id = ++last;
    const answer = new Promise((resolve) => waiting.set(id, resolve));
    worker.postMessage({ jsonrpc: '2.0', id, method, params });
    const { result, error } = await Promise.race([answer, failed]);
    if (error) throw new Error(error.message);
    return result;
  };
  const tell = (method, params) => worker.postMessage({ jsonrpc: '2.0', method, params });
  const wasm = { runtime: base + '/dist/web-tree-sitter.wasm', grammar: base + '/dist/tree-sitter-python.wasm' };
  const capabilities = { workspace: { configuration: true }, textDocument: { diagnostic: {} } };
  await ask('initialize', { processId: null, rootUri: null, capabilities, initializationOptions: { wasm } });
  tell('initialized', {});
  const uri = 'memory:/model.py';
  tell('textDocument/didOpen', { textDocument: { uri, languageId: 'python', version: 1, text } });
  const { items: diagnostics } = await ask('textDocument/diagnostic', { textDocument: { uri } });
  const hover = await ask('textDocument/hover', { textDocument: { uri }, position });
  tell('textDocument/didChange', { textDocument: { uri, version: 2 }, contentChanges: [{ text: mended }] });
  const after = await ask('textDocument/diagnostic', { textDocument: { uri } });
  worker.terminate();
  return { diagnostics, hover, mended: after.items };
}`;

export async function workerTest(workspace: string): Promise<Outcome> {
  const title = 'the server in a web worker underlines the error, hovers, and sees it mended';
  const server = createServer((request, response) => {
    const file = path.join('.', path.posix.normalize(new URL(request.url ?? '/', 'http://localhost').pathname));
    const type = types[path.extname(file)];
    if (file === 'index.html' || type === undefined || !file.startsWith('dist'))
      response.setHeader('content-type', 'text/html').end('<!DOCTYPE html>');
    else
      readFile(file).then(
        (content) => response.setHeader('content-type', type).end(content),
        () => response.writeHead(404).end(),
      );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const base = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  const browser = await browserType.launch({ executablePath: chromium(), headless: true, args: [...browserFlags] });
  try {
    const page = await browser.newPage();
    await page.goto(base);
    const text = await readFile(path.join(workspace, 'model.py'), 'utf8');
    const line = text.split('\n').findIndex((each) => each.includes('out, (h'));
    const parameters = {
      base,
      text,
      mended: text.replace('nn.Linear(hidden_size', 'nn.Linear(2 * hidden_size'),
      position: { line, character: 9 },
    };
    const answers = await page.evaluate<Answers>(`(${conversation})(${JSON.stringify(parameters)})`);
    assert.equal(answers.diagnostics.filter((each) => each.severity === 1).length, 1);
    assert.ok(answers.hover !== null);
    assert.match((answers.hover.contents as MarkupContent).value, /2\*hidden_size/);
    assert.deepEqual(answers.mended, []);
    return { passed: [title], failed: [] };
  } catch (error) {
    return { passed: [], failed: [{ title, error: String(error instanceof Error ? error.stack : error) }] };
  } finally {
    await browser.close();
    server.close();
    server.closeAllConnections();
  }
}
