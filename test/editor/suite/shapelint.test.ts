/**
 * What a user of the editor relies on, asked of the real editor's own commands inside its extension host.
 */
import assert from 'node:assert/strict';
import type { CodeAction, CodeLens, Diagnostic, Hover, InlayHint, Position, Tab, TextDocument } from 'vscode';
import {
  ConfigurationTarget,
  commands,
  DiagnosticSeverity,
  extensions,
  languages,
  MarkdownString,
  Range,
  TabInputWebview,
  Uri,
  WorkspaceEdit,
  window,
  workspace,
} from 'vscode';
import type { SampleAnswer } from '../../../server/lsp/protocol.ts';
import { places } from './places.ts';

async function until<T>(what: string, look: () => T | undefined | false | Promise<T | undefined | false>): Promise<T> {
  const deadline = Date.now() + 15_000;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`waited 15 s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
}

async function open(name: string): Promise<TextDocument> {
  const document = await workspace.openTextDocument(Uri.file(`${places().folder}/${name}`));
  await window.showTextDocument(document, { preview: false });
  return document;
}

function said(document: TextDocument): Diagnostic[] {
  return languages.getDiagnostics(document.uri).filter((diagnostic) => diagnostic.source === 'ShapeLint');
}

function codeOf(diagnostic: Diagnostic): string {
  return String(typeof diagnostic.code === 'object' ? diagnostic.code.value : diagnostic.code);
}

function find(document: TextDocument, text: string): Position {
  const offset = document.getText().indexOf(text);
  assert.ok(offset >= 0, `'${text}' is not in the document`);
  return document.positionAt(offset);
}

function markdownOf(hovers: readonly Hover[]): string {
  const parts = hovers.flatMap(({ contents }) => contents);
  return parts.map((part) => (part instanceof MarkdownString ? part.value : String(part))).join('\n');
}

async function edit(document: TextDocument, range: Range, text: string): Promise<void> {
  const change = new WorkspaceEdit();
  change.replace(document.uri, range, text);
  assert.ok(await workspace.applyEdit(change));
}

async function restore(document: TextDocument): Promise<void> {
  await window.showTextDocument(document);
  await commands.executeCommand('workbench.action.files.revert');
}

const oneError = (document: TextDocument): Promise<Diagnostic> =>
  until('the shape error', () => said(document).find((diagnostic) => diagnostic.severity === DiagnosticSeverity.Error));
const quiet = (document: TextDocument): Promise<true> => until('no diagnostics', () => said(document).length === 0);

describe('ShapeLint in the editor', () => {
  let model: TextDocument;

  beforeEach(async () => {
    model = await open('model.py');
    await oneError(model);
  });

  it('is active and has its commands', async () => {
    assert.equal(extensions.getExtension('shapelint.shapelint')?.isActive, true);
    const all = await commands.getCommands(true);
    for (const command of ['shapelint.runSample', 'shapelint.restart', 'shapelint.showOutput']) assert.ok(all.includes(command), command);
  });

  it('underlines the shape error, with PyTorch’s words, its places, and a page for its code', async () => {
    const diagnostic = await oneError(model);
    assert.equal(
      model.getText(diagnostic.range).includes('self.fc(out)') || model.getText(diagnostic.range) === 'out',
      true,
      model.getText(diagnostic.range),
    );
    assert.match(codeOf(diagnostic), /^[a-z0-9]+(?:-[a-z0-9]+)+$/);
    assert.match(diagnostic.message.split('\n')[0] ?? '', /2\*hidden_size/);
    const related = diagnostic.relatedInformation ?? [];
    assert.ok(related.length > 0, 'no related place');
    assert.ok(related.every((place) => place.location.uri.toString() === model.uri.toString()));
    assert.ok(typeof diagnostic.code === 'object' && diagnostic.code.target.path.endsWith(`/docs/rules/${codeOf(diagnostic)}.md`));
  });

  it('says nothing about a program that is right', async () => {
    const clean = await open('clean.py');
    await until('the code lenses of the clean file', async () => (await lenses(clean)).length > 0);
    assert.deepEqual(said(clean), []);
  });

  it('hovers a tensor with its shape in the user’s names', async () => {
    const at = find(model, 'out, (h');
    const hovers = await until('a hover', async () => {
      const found = await commands.executeCommand<Hover[]>('vscode.executeHoverProvider', model.uri, at.translate(0, 1));
      return found.length > 0 && found;
    });
    assert.match(markdownOf(hovers), /2\*hidden_size/);
  });

  it('hints shapes at assignments, and stops when told to', async () => {
    const all = new Range(0, 0, model.lineCount, 0);
    const hints = (): Thenable<InlayHint[]> => commands.executeCommand<InlayHint[]>('vscode.executeInlayHintProvider', model.uri, all);
    assert.ok((await hints()).length > 0);
    await workspace.getConfiguration('shapelint').update('inlayHints.enabled', false, ConfigurationTarget.Workspace);
    await until('no hints', async () => (await hints()).length === 0);
    await workspace.getConfiguration('shapelint').update('inlayHints.enabled', undefined, ConfigurationTarget.Workspace);
    await until('hints again', async () => (await hints()).length > 0);
  });

  const lenses = (document: TextDocument): Thenable<CodeLens[]> =>
    commands.executeCommand<CodeLens[]>('vscode.executeCodeLensProvider', document.uri, 100);

  it('has a code lens over classes and methods that runs samples, and one with the signature', async () => {
    const clean = await open('clean.py');
    const found = await until('code lenses', async () => {
      const now = await lenses(clean);
      return now.length > 0 && now;
    });
    const titles = found.map((lens) => lens.command?.title ?? '');
    assert.ok(
      titles.some((title) => /Run sample shapes/.test(title)),
      titles.join(' | '),
    );
    assert.ok(
      titles.some((title) => /->.*num_classes/.test(title)),
      titles.join(' | '),
    );
  });

  it('runs sample shapes into a panel, and sampled and inferred shapes agree', async () => {
    const clean = await open('clean.py');
    const lens = (await lenses(clean)).find((each) => each.command?.command === 'shapelint.runSample');
    assert.ok(lens?.command !== undefined);
    const { name, result } = await commands.executeCommand<SampleAnswer>(lens.command.command, ...(lens.command.arguments ?? []));
    assert.ok(result.ok, result.ok ? '' : result.message);
    assert.ok(name?.startsWith('Classifier'));
    assert.ok(result.steps.length > 0);
    assert.ok(result.steps.every((step) => step.agrees !== false));
    const isPanel = (tab: Tab): boolean => tab.input instanceof TabInputWebview && tab.label.startsWith('Shapes');
    await until('the panel', () => window.tabGroups.all.some((group) => group.tabs.some(isPanel)));
    await commands.executeCommand('workbench.action.closeEditorsInOtherGroups');
  });

  it('silences a code on a line by quick fix, and the fix by undoing it', async () => {
    const diagnostic = await oneError(model);
    const actions = await commands.executeCommand<CodeAction[]>('vscode.executeCodeActionProvider', model.uri, diagnostic.range);
    const ignore = actions.find((action) => action.title === `Ignore ${codeOf(diagnostic)} on this line`);
    assert.ok(ignore?.edit !== undefined, actions.map((action) => action.title).join(' | '));
    assert.ok(await workspace.applyEdit(ignore.edit));
    assert.match(model.getText(), /# shapelint: ignore\[[a-z0-9-]+\]/);
    await quiet(model);
    await restore(model);
    await oneError(model);
  });

  it('follows the settings: a code’s level, off, and the whole switch', async () => {
    const code = codeOf(await oneError(model));
    const settings = workspace.getConfiguration('shapelint');
    await settings.update('severity', { [code]: 'warning' }, ConfigurationTarget.Workspace);
    await until('a warning', () => said(model).some((diagnostic) => diagnostic.severity === DiagnosticSeverity.Warning));
    await settings.update('severity', { [code]: 'off' }, ConfigurationTarget.Workspace);
    await quiet(model);
    await settings.update('severity', undefined, ConfigurationTarget.Workspace);
    await oneError(model);
    await settings.update('enable', false, ConfigurationTarget.Workspace);
    await quiet(model);
    await settings.update('enable', undefined, ConfigurationTarget.Workspace);
    await oneError(model);
  });

  it('checks again while typing: mended, broken syntax elsewhere, broken again', async () => {
    const start = find(model, 'nn.Linear(hidden_size').translate(0, 'nn.Linear('.length);
    const size = new Range(start, start.translate(0, 'hidden_size'.length));
    await edit(model, size, '2 * hidden_size');
    await quiet(model);
    await edit(model, new Range(start, start.translate(0, '2 * hidden_size'.length)), 'hidden_size');
    await oneError(model);
    await edit(model, new Range(model.lineCount, 0, model.lineCount, 0), '\n\ndef unfinished(\n');
    await oneError(model);
    await restore(model);
    await oneError(model);
  });

  it('checks the cells of a notebook as one program', async () => {
    const notebook = await workspace.openNotebookDocument(Uri.file(`${places().folder}/lesson.ipynb`));
    await window.showNotebookDocument(notebook);
    const cell = notebook.cellAt(3).document;
    const [fault] = await until('a fault in the last cell', () => (said(cell).length > 0 ? said(cell) : undefined));
    assert.equal(fault === undefined ? '' : codeOf(fault), 'linear-input-size');
    assert.equal(fault?.range.start.line, 2);
    assert.ok(fault?.relatedInformation?.some(({ location }) => location.uri.toString() === notebook.cellAt(2).document.uri.toString()));
    const hovers = await commands.executeCommand<Hover[]>('vscode.executeHoverProvider', cell.uri, find(cell, 'out, h'));
    assert.match(markdownOf(hovers), /\[4, 10, 16\]/);
    const range = new Range(0, 0, cell.lineCount, 0);
    const hints = await commands.executeCommand<InlayHint[]>('vscode.executeInlayHintProvider', cell.uri, range);
    assert.ok(
      hints.some(({ label }) => label === '[4, 10, 8]'),
      JSON.stringify(hints),
    );
    const definition = notebook.cellAt(2).document;
    await edit(definition, new Range(find(definition, '16, 3'), find(definition, ', 3')), '32');
    await until('the fault to be gone after an edit in another cell', () => said(cell).length === 0);
    await commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  });

  it('comes back after a restart of its server', async () => {
    await commands.executeCommand('shapelint.restart');
    await edit(model, new Range(0, 0, 0, 0), '# restarted\n');
    await oneError(model);
    await restore(model);
  });
});
