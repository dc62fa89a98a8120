/**
 * Code actions: the quick fixes that a diagnostic brings, and ways to silence its code.
 */
import type { CodeAction, Diagnostic as LspDiagnostic, TextEdit } from 'vscode-languageserver';
import { CodeActionKind } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { Diagnostic, Edit } from '../check/report.ts';
import { suppressInFile, suppressOnLine } from '../check/suppression-edits.ts';
import type { Analysis } from './documents.ts';
import { toRange } from './ranges.ts';
import type { Session } from './session.ts';

function toEdit(document: TextDocument, edit: Edit): TextEdit {
  return { range: toRange(document, edit), newText: edit.text };
}

function action(analysis: Analysis, title: string, edits: readonly Edit[], diagnostics: LspDiagnostic[], isPreferred: boolean): CodeAction {
  const { document } = analysis;
  const changes = { [document.uri]: edits.map((edit) => toEdit(document, edit)) };
  return { title, kind: CodeActionKind.QuickFix, diagnostics, edit: { changes }, ...(isPreferred ? { isPreferred } : {}) };
}

/** The client's copies of a diagnostic, so that it can show the action beside the right one. */
function copies(document: TextDocument, diagnostic: Diagnostic, sent: readonly LspDiagnostic[]): LspDiagnostic[] {
  return sent.filter((each) => each.code === diagnostic.code && document.offsetAt(each.range.start) === diagnostic.start);
}

export function registerCodeActions({ connection, configuration, documents }: Session): void {
  connection.onCodeAction(({ textDocument, range, context }) => {
    const wanted = context.only ?? [CodeActionKind.QuickFix];
    if (!wanted.some((kind) => kind === CodeActionKind.QuickFix || kind === CodeActionKind.Empty)) return [];
    const analysis = configuration.settings['shapelint.enable'] ? documents.analysis(textDocument.uri) : undefined;
    if (analysis === undefined) return [];
    const { document, source, report } = analysis;
    const [start, end] = [document.offsetAt(range.start), document.offsetAt(range.end)];
    const here = report.diagnostics.filter((diagnostic) => diagnostic.start <= end && start <= diagnostic.end);
    return here.flatMap((diagnostic) => {
      const of = copies(document, diagnostic, context.diagnostics);
      const { code, fixes } = diagnostic;
      return [
        ...fixes.map((fix, index) => action(analysis, fix.title, fix.edits, of, index === 0)),
        action(analysis, `Ignore ${code} on this line`, suppressOnLine(source, diagnostic), of, false),
        action(analysis, `Ignore ${code} in this file`, suppressInFile(source, diagnostic), of, false),
      ];
    });
  });
}
