/** The settings schema: one entry a setting, wrong values fall back one by one, and package.json repeats it exactly. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { readSettings, settingsSchema } from '../../server/check/settings.ts';

test('package.json contributes exactly the schema (npm run docs writes it)', () => {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
  assert.deepEqual(manifest.contributes.configuration.properties, JSON.parse(JSON.stringify(settingsSchema)));
});

test('nothing set gives the defaults', () => {
  for (const section of [undefined, null, 3, 'x', {}, []]) {
    const settings: Readonly<Record<string, unknown>> = readSettings(section);
    for (const [key, rule] of Object.entries(settingsSchema)) assert.deepEqual(settings[key], rule.default, key);
  }
});

test('nested and flat sections are read, wrong values cost only themselves', () => {
  const settings = readSettings({
    enable: 'yes',
    hover: { enabled: false },
    'sample.seed': 7,
    severity: { a: 'off', b: 'loud' },
    sample: { sizes: { N: 4, T: -1 } },
  });
  assert.equal(settings['shapelint.enable'], true);
  assert.equal(settings['shapelint.hover.enabled'], false);
  assert.equal(settings['shapelint.sample.seed'], 7);
  assert.deepEqual(settings['shapelint.severity'], { a: 'off' });
  assert.deepEqual(settings['shapelint.sample.sizes'], { N: 4 });
});
