/**
 * The status bar item: what ShapeLint says of the file in front, in a few characters.
 */
import type { Disposable, StatusBarItem, TextDocument } from 'vscode';
import { languages, StatusBarAlignment, ThemeColor, window } from 'vscode';
import type { StatusParams } from '../server/lsp/protocol.ts';

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

export class StatusBar implements Disposable {
  readonly #item: StatusBarItem = window.createStatusBarItem('shapelint.status', StatusBarAlignment.Right, 90);
  readonly #known = new Map<string, StatusParams>();
  #shown: TextDocument | undefined;

  constructor() {
    this.#item.name = 'ShapeLint';
    this.#item.command = 'workbench.actions.view.problems';
  }

  update(params: StatusParams): void {
    this.#known.set(params.uri, params);
    this.show(this.#shown ?? window.activeTextEditor?.document);
  }

  forget(uri: string): void {
    this.#known.delete(uri);
  }

  clear(): void {
    this.#known.clear();
    this.#item.hide();
  }

  show(document: TextDocument | undefined): void {
    this.#shown = document;
    const status = document === undefined ? undefined : this.#known.get(document.uri.toString());
    if (document === undefined || status === undefined || languages.match({ language: 'python' }, document) === 0) {
      this.#item.hide();
      return;
    }
    const { errors, warnings } = status;
    const found = errors + warnings > 0;
    if (status.status === 'off') this.#item.text = '$(circle-slash) Shapes';
    else if (found)
      this.#item.text = `$(symbol-array) ${errors > 0 ? `${errors} $(error)` : ''}${warnings > 0 ? ` ${warnings} $(warning)` : ''}`;
    else this.#item.text = '$(symbol-array) $(check)';
    const summary = found
      ? [errors > 0 ? count(errors, 'error') : '', warnings > 0 ? count(warnings, 'warning') : ''].filter(Boolean).join(', ')
      : 'shapes agree';
    const partial = status.status === 'partial' ? ' Part of the file could not be analysed.' : '';
    this.#item.tooltip = status.status === 'off' ? 'ShapeLint is switched off (shapelint.enable).' : `ShapeLint: ${summary}.${partial}`;
    this.#item.backgroundColor = errors > 0 ? new ThemeColor('statusBarItem.errorBackground') : undefined;
    this.#item.show();
  }

  dispose(): void {
    this.#item.dispose();
  }
}
