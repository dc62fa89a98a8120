/**
 * What a user sees: drives the workbench with mouse and keyboard, and takes pictures into `test-results/`.
 */
import assert from 'node:assert/strict';
import path from 'node:path';
import type { Frame, Page } from 'playwright-core';
import type { Host } from './server-host.ts';
import { startHost } from './server-host.ts';
import type { Outcome } from './suite/index.ts';

interface Step {
  readonly title: string;
  run(page: Page, host: Host): Promise<void>;
}

interface Place {
  readonly x: number;
  readonly y: number;
}

const seen = { state: 'visible', timeout: 20_000 } as const;

async function command(page: Page, title: string): Promise<void> {
  await page.keyboard.press('F1');
  const input = page.locator('.quick-input-widget input').first();
  await input.waitFor(seen);
  await input.fill(`>${title}`);
  await page.locator('.quick-input-widget .monaco-list-row', { hasText: title }).first().click();
}

/** Runs in the page, which has a DOM where this file has none: the middle of a word in the first line that has a text. */
const findWord = `(line, text) => {
  const found = [...document.querySelectorAll('.view-line')].find((each) => each.textContent.replaceAll('\u00a0', ' ').includes(line));
  const nodes = found === undefined ? null : document.createTreeWalker(found, NodeFilter.SHOW_TEXT);
  for (let node = nodes?.nextNode(); node; node = nodes.nextNode()) {
    const start = node.textContent.indexOf(text);
    if (start < 0) continue;
    const range = document.createRange();
    range.setStart(node, start);
    range.setEnd(node, start + text.length);
    const box = range.getBoundingClientRect();
    return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  }
}`;

/** Where a word is on the page; hints and lenses around it do not matter. */
async function word(page: Page, line: string, text: string): Promise<Place> {
  await page.locator('.view-line', { hasText: line }).first().waitFor(seen);
  const place = await page.evaluate<Place | undefined>(`(${findWord})(${JSON.stringify(line)}, ${JSON.stringify(text)})`);
  if (place === undefined) throw new Error(`'${text}' is not in a line with '${line}'`);
  return place;
}

async function hover(page: Page, { x, y }: Place): Promise<void> {
  await page.mouse.move(x + 40, y + 80);
  await page.mouse.move(x, y, { steps: 5 });
}

async function inPanel(page: Page): Promise<Frame> {
  const deadline = Date.now() + 20_000;
  while (Date.now() < deadline) {
    for (const frame of page.frames())
      if (
        (await frame
          .locator('ol.steps li.step')
          .count()
          .catch(() => 0)) > 0
      )
        return frame;
    await page.waitForTimeout(100);
  }
  throw new Error('the sample panel shows no steps');
}

/** Opens the quick fixes of the error and takes the one with this text in its title. */
async function chooseFix(page: Page, title: string): Promise<void> {
  const row = page.locator('.action-widget .monaco-list-row', { hasText: title }).first();
  // Lenses that come late move the lines, so a click may go astray once.
  for (let attempt = 0; attempt < 5 && !(await row.isVisible()); attempt += 1) {
    await page.keyboard.press('Escape');
    const { x, y } = await word(page, 'return self.fc', 'out');
    await page.mouse.click(x, y);
    await page.keyboard.press('Control+.');
    await row.waitFor({ state: 'visible', timeout: 4000 }).catch(() => undefined);
  }
  await row.waitFor(seen);
  await page.screenshot({ path: 'test-results/editor-quick-fix.png' });
  // The widget takes no clicks while it opens; the keyboard works at once.
  const focused = page.locator('.action-widget .monaco-list-row.focused', { hasText: title });
  for (let step = 0; step < 10 && (await focused.count()) === 0; step += 1) await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
}

const steps: readonly Step[] = [
  {
    title: 'the error is underlined',
    run: async (page) => {
      await page.locator('.squiggly-error').first().waitFor(seen);
      await page.locator('.codelens-decoration a', { hasText: 'Run sample shapes' }).first().waitFor(seen);
      await page.screenshot({ path: 'test-results/editor-squiggle.png' });
    },
  },
  {
    title: 'hovering a tensor shows its shape in the user’s names',
    run: async (page) => {
      await hover(page, await word(page, 'self.lstm(self', 'out'));
      const shown = page.locator('.monaco-hover:visible', { hasText: '2*hidden_size' }).first();
      await shown.waitFor(seen);
      assert.match((await shown.textContent()) ?? '', /2 × hidden_size of LSTM, which is bidirectional \(line 9\) ← /);
      await page.screenshot({ path: 'test-results/editor-hover.png' });
    },
  },
  {
    title: 'hovering the error shows the message',
    run: async (page) => {
      await page.mouse.move(10, 10);
      await hover(page, await word(page, 'return self.fc', 'out'));
      await page.locator('.monaco-hover:visible', { hasText: 'ShapeLint' }).first().waitFor(seen);
      await page.screenshot({ path: 'test-results/editor-error.png' });
      await page.mouse.move(10, 10);
    },
  },
  {
    title: 'the problems view lists the error with its related places',
    run: async (page) => {
      await command(page, 'Problems: Focus on Problems View');
      await page.locator('.markers-panel .monaco-list-row', { hasText: '2*hidden_size' }).first().waitFor(seen);
      await page.screenshot({ path: 'test-results/editor-problems.png' });
      await page.keyboard.press('Control+J');
    },
  },
  {
    title: 'a code lens runs sample shapes into the panel',
    run: async (page) => {
      await page.locator('.codelens-decoration a', { hasText: 'Run sample shapes' }).last().click();
      await page.locator('.tab', { hasText: 'Shapes' }).first().waitFor(seen);
      await page.waitForTimeout(500);
      await page.screenshot({ path: 'test-results/editor-lens.png' });
    },
  },
  {
    title: 'the command runs the class around the cursor of a right program, shapes agree, other sizes can be asked for',
    run: async (page, host) => {
      await openFile(page, host, 'clean.py');
      await page.locator('.view-line', { hasText: 'def forward' }).first().click();
      await command(page, 'ShapeLint: Run Sample Shapes');
      const frame = await inPanel(page);
      await frame.locator('.summary.yes').waitFor(seen);
      await frame.locator('.gradient .bar').first().waitFor(seen);
      await page.screenshot({ path: 'test-results/editor-sample.png' });
      const input = frame.locator('form input[name]').first();
      const name = await input.getAttribute('name');
      await input.fill('3');
      await frame.locator('form button').click();
      await page.waitForTimeout(700);
      const again = await inPanel(page);
      assert.equal(await again.locator(`form input[name="${name}"]`).inputValue(), '3');
      await again.locator('.summary.yes').waitFor(seen);
    },
  },
  {
    title: 'a quick fix mends the error, another one silences it',
    run: async (page, host) => {
      await command(page, 'View: Close All Editors');
      await openFile(page, host, 'model.py');
      for (const title of ['hidden_size * 2', 'on this line']) {
        await page.locator('.squiggly-error').first().waitFor(seen);
        await chooseFix(page, title);
        await page.locator('.squiggly-error').first().waitFor({ state: 'detached', timeout: 20_000 });
        await page.screenshot({ path: `test-results/editor-${title === 'on this line' ? 'silenced' : 'fixed'}.png` });
        await page.keyboard.press('Control+Z');
      }
      await page.locator('.squiggly-error').first().waitFor(seen);
    },
  },
  {
    title: 'typing mends the error and brings it back',
    run: async (page) => {
      const { x, y } = await word(page, 'nn.Linear(hidden_size', 'hidden_size');
      await page.mouse.dblclick(x, y);
      await page.keyboard.type('2 * hidden_size');
      await page.locator('.squiggly-error').first().waitFor({ state: 'detached', timeout: 20_000 });
      await page.screenshot({ path: 'test-results/editor-mended.png' });
      for (let undo = 0; undo < 12 && (await page.locator('.squiggly-error').count()) === 0; undo += 1) {
        await page.keyboard.press('Control+Z');
        await page.waitForTimeout(300);
      }
      await page.locator('.squiggly-error').first().waitFor(seen);
    },
  },
];

/** A key pressed while the list is still being filled goes astray, so opening is tried again. */
async function openFile(page: Page, host: Host, name: string): Promise<void> {
  const tab = page.locator('.tab.active', { hasText: name }).first();
  for (let attempt = 0; attempt < 3 && !(await tab.isVisible()); attempt += 1) {
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+P');
    const input = page.locator('.quick-input-widget input').first();
    await input.waitFor(seen);
    await input.fill(path.join(host.workspace, name));
    // The list first holds what was open before, and Enter takes the row that has the focus.
    await page
      .locator('.quick-input-widget .monaco-list-row.focused', { hasText: name })
      .first()
      .waitFor({ state: 'visible', timeout: 6000 })
      .catch(() => undefined);
    await page.keyboard.press('Enter');
    await tab.waitFor({ state: 'visible', timeout: 6000 }).catch(() => undefined);
  }
  await tab.waitFor(seen);
}

export async function screenTests(workspace: string): Promise<Outcome> {
  const host = await startHost({ workspace, theme: 'Default Dark Modern' });
  const passed: string[] = [];
  const failed: { title: string; error: string }[] = [];
  try {
    await host.open([
      ['extensionDevelopmentPath', host.uri(path.resolve('.'))],
      ['openFile', host.uri('model.py')],
    ]);
    for (const { title, run } of steps) {
      try {
        await run(host.page, host);
        passed.push(title);
      } catch (error) {
        failed.push({ title, error: String(error instanceof Error ? error.stack : error) });
        await host.page.screenshot({ path: `test-results/failed-${failed.length}.png` });
        await host.page.keyboard.press('Escape');
      }
    }
  } finally {
    await host.stop();
  }
  return { passed, failed };
}
