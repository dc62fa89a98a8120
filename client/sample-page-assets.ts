/**
 * The style and the script of the sample page. Colours are the theme's variables only, so that every theme works,
 * high contrast included; the script only sends messages back and keeps no state.
 */

export const samplePageStyle = `
:root { --ok: var(--vscode-testing-iconPassed, #3fb950); --bad: var(--vscode-errorForeground, #f85149); --dim: var(--vscode-descriptionForeground); --line: var(--vscode-widget-border, var(--vscode-panel-border, rgba(128,128,128,.3))); }
* { box-sizing: border-box; }
body { font: var(--vscode-font-size, 13px)/1.5 var(--vscode-font-family, sans-serif); color: var(--vscode-foreground); padding: 16px 20px 40px; max-width: 960px; margin: 0 auto; }
code, pre, .values, input { font-family: var(--vscode-editor-font-family, monospace); font-size: var(--vscode-editor-font-size, 12px); }
code { background: none; color: inherit; padding: 0; }
header { display: flex; align-items: baseline; gap: 12px; }
h1 { font-size: 1.45em; font-weight: 600; margin: 0; }
h2 { font-size: 1.05em; font-weight: 600; margin: 20px 0 6px; }
.file { color: var(--dim); }
.summary { margin: 6px 0 14px; color: var(--dim); }
.summary.yes b { color: var(--ok); } .summary.no b { color: var(--bad); }
form { display: flex; flex-wrap: wrap; align-items: end; gap: 10px; padding: 10px 12px; border: 1px solid var(--line); border-radius: 6px; margin-bottom: 18px; }
label { display: flex; flex-direction: column; gap: 2px; color: var(--dim); font-size: .9em; }
label.seed { border-left: 1px solid var(--line); padding-left: 10px; }
input { width: 76px; padding: 3px 6px; color: var(--vscode-input-foreground); background: var(--vscode-input-background); border: 1px solid var(--vscode-input-border, var(--line)); border-radius: 3px; }
input:focus, button:focus-visible { outline: 1px solid var(--vscode-focusBorder); outline-offset: -1px; }
form button { margin-left: auto; padding: 5px 14px; border: none; border-radius: 3px; cursor: pointer; color: var(--vscode-button-foreground); background: var(--vscode-button-background); font: inherit; }
form button:hover { background: var(--vscode-button-hoverBackground); }
.steps { list-style: none; margin: 0; padding: 0; }
.step { display: grid; grid-template-columns: 44px 1fr; position: relative; padding-bottom: 14px; }
.step::before { content: ''; position: absolute; left: 15px; top: 26px; bottom: 0; width: 1px; background: var(--line); }
.step:last-child::before { display: none; }
.line { align-self: start; min-width: 31px; height: 24px; padding: 0 5px; border: 1px solid var(--line); border-radius: 12px; background: var(--vscode-editor-background); color: var(--dim); cursor: pointer; font: inherit; font-size: .85em; font-variant-numeric: tabular-nums; justify-self: start; }
.line:hover { color: var(--vscode-textLink-activeForeground); border-color: currentColor; }
.body { min-width: 0; padding-top: 1px; }
.source { display: block; white-space: pre; overflow-x: auto; }
.facts, .numbers { display: flex; flex-wrap: wrap; align-items: baseline; gap: 4px 12px; margin-top: 3px; }
.shape { font-weight: 700; color: var(--vscode-symbolIcon-arrayForeground, var(--vscode-textLink-foreground)); }
.verdict.yes { color: var(--ok); } .verdict.no { color: var(--bad); } .verdict.none, .dtype { color: var(--dim); }
.verdict code { color: var(--dim); } .verdict.no code { color: var(--bad); text-decoration: line-through; }
.dtype { margin-left: auto; font-size: .9em; }
.numbers { color: var(--dim); font-size: .95em; }
.values { display: inline-flex; flex-wrap: wrap; gap: 2px 10px; font-variant-numeric: tabular-nums; }
.values i { font-style: normal; }
.moments { margin-left: auto; font-variant-numeric: tabular-nums; } .moments b { font-weight: 400; opacity: .8; margin-left: 8px; }
.step.wrong .body { border-left: 2px solid var(--bad); padding-left: 10px; }
.gradient { margin: 10px 0 2px; padding: 10px 12px 6px; border: 1px solid var(--line); border-radius: 6px; }
.gradient figcaption { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 2px 12px; font-size: .9em; margin-bottom: 8px; }
.gradient figcaption b { font-weight: 600; } .gradient figcaption span { color: var(--dim); }
.bars { display: flex; flex-direction: row-reverse; align-items: stretch; gap: 3px; height: 92px; }
.bar { flex: 1 1 0; min-width: 2px; max-width: 46px; display: flex; flex-direction: column; justify-content: flex-end; align-items: center; }
.bar svg { width: 100%; flex: 1 1 0; min-height: 0; border-bottom: 1px solid var(--line); }
.bar rect { fill: var(--vscode-charts-blue, var(--vscode-textLink-foreground)); opacity: .85; }
.bar:hover rect { opacity: 1; }
.bar span { font-size: .75em; line-height: 16px; height: 16px; color: var(--dim); font-variant-numeric: tabular-nums; }
.bars { justify-content: flex-end; }
pre { margin: 0; padding: 10px 12px; overflow-x: auto; border: 1px solid var(--line); border-radius: 6px; background: var(--vscode-textCodeBlock-background); }
.failed { margin-top: 18px; padding: 12px 14px; border: 1px solid var(--bad); border-radius: 6px; } .failed h2 { margin-top: 0; color: var(--bad); }
.failed code { white-space: pre-wrap; }
`;

export const samplePageScript = `
const editor = acquireVsCodeApi();
for (const button of document.querySelectorAll('[data-line]')) {
  button.addEventListener('click', () => editor.postMessage({ kind: 'reveal', line: Number(button.dataset.line) }));
}
document.getElementById('sizes')?.addEventListener('submit', (event) => {
  event.preventDefault();
  const set = {};
  for (const input of event.target.querySelectorAll('input[name]')) if (input.value !== '') set[input.name] = Number(input.value);
  editor.postMessage({ kind: 'run', set, seed: Number(document.getElementById('seed').value) });
});
`;
