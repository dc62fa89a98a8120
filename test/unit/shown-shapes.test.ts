/** Which of the shapes that a place has in several runs is shown. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check } from '../../server/check/check.ts';
import { merge, type Spelled, textOf } from '../../server/check/spelled.ts';
import { readSource } from '../../server/python/source.ts';
import { testParser } from './python-parser.ts';

const python = await testParser();

function shapesOf(text: string): ReadonlyMap<string, string> {
  const report = check(readSource(python, text, 'a.py'));
  return new Map(report.shapes.map((row) => [row.text, row.shape]));
}
