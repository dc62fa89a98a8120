/**
 * Code actions: the quick fixes that a diagnostic brings, and ways to silence its code.
 */
import type { CodeAction, Diagnostic as LspDiagnostic, TextEdit } from 'vscode-languageserver';
import { CodeActionKind } from 'vscode-languageserver';
import type { Diagnostic, Edit } from '../check/report.ts';
import { suppressInFile, suppressOnLine } from '../check/suppression-edits.ts';
import type { Analysis } from './documents.ts';
import type { Page } from './pages.ts';
import { toRange } from './pages.ts';
import type { Session } from './session.ts';

/** Edits by the page that each stands on. */
function changesOf({ page, pages }: Analysis, edits: readonly Edit[]): Record<string, TextEdit[]> {
  const changes: Record<string, TextEdit[]> = {};
  for (const edit of edits) {
    const on = pages.find((each) => each.holds(edit)) ?? page;
    (changes[on.uri] ??= []).push({ range: toRange(on, edit), newText: edit.text });
  }
  return changes;
}

function action(analysis: Analysis, title: string, edits: readonly Edit[], diagnostics: LspDiagnostic[], isPreferred: boolean): CodeAction {
  const changes = changesOf(analysis, edits);
  return { title, kind: CodeActionKind.QuickFix, diagnostics, edit: { changes }, ...(isPreferred ? { isPreferred } : {}) };
}

/** The client's copies of a diagnostic, so that it can show the action beside the right one. */
function copies(page: Page, diagnostic: Diagnostic, sent: readonly LspDiagnostic[]): LspDiagnostic[] {
  return sent.filter((each) => each.code === diagnostic.code && page.offsetAt(each.range.start) === diagnostic.start);
}

export function registerCodeActions({ connection, configuration, documents }: Session): void {
  connection.onCodeAction(({ textDocument, range, context }) => {
    const wanted = context.only ?? [CodeActionKind.QuickFix];
    if (!wanted.some((kind) => kind === CodeActionKind.QuickFix || kind === CodeActionKind.Empty)) return [];
    const analysis = configuration.settings['shapelint.enable'] ? documents.analysis(textDocument.uri) : undefined;
    if (analysis === undefined) return [];
    const { page, source, report } = analysis;
    const [start, end] = [page.offsetAt(range.start), page.offsetAt(range.end)];
    const here = report.diagnostics.filter((diagnostic) => diagnostic.start <= end && start <= diagnostic.end);
    return here.flatMap((diagnostic) => {
      const of = copies(page, diagnostic, context.diagnostics);
      const { code, fixes } = diagnostic;
      return [
        ...fixes.map((fix, index) => action(analysis, fix.title, fix.edits, of, index === 0)),
        action(analysis, `Ignore ${code} on this line`, suppressOnLine(source, diagnostic), of, false),
        action(analysis, `Ignore ${code} in this file`, suppressInFile(source, diagnostic), of, false),
      ];
    });
  });
}
