/** Where the file of an imported module is looked for. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { modulePlaces } from '../../server/python/module-places.ts';

function firstOf(module: string, level: number, from: string, files: readonly string[], roots: readonly string[] = ['/repo/']) {
  const exists = (path: string): boolean => files.includes(path);
  return modulePlaces(module, level, from, { roots, exists }).find(exists);
}

test('beside a script, as a module or a package', () => {
  assert.equal(firstOf('model', 0, '/repo/train.py', ['/repo/model.py']), '/repo/model.py');
  assert.equal(firstOf('model', 0, '/repo/train.py', ['/repo/model/__init__.py']), '/repo/model/__init__.py');
  assert.equal(firstOf('a.b', 0, '/repo/train.py', ['/repo/a/b.py']), '/repo/a/b.py');
});

test('relative to a package', () => {
  const files = ['/repo/p/__init__.py', '/repo/p/q/__init__.py', '/repo/p/x.py', '/repo/p/q/x.py'];
  assert.equal(firstOf('x', 1, '/repo/p/q/y.py', files), '/repo/p/q/x.py');
  assert.equal(firstOf('x', 2, '/repo/p/q/y.py', files), '/repo/p/x.py');
  assert.equal(firstOf('', 1, '/repo/p/q/y.py', files), '/repo/p/q/__init__.py');
});

test('inside a package the folder that holds it comes before the module beside', () => {
  const files = ['/repo/p/__init__.py', '/repo/p/types.py', '/repo/types.py'];
  assert.equal(firstOf('types', 0, '/repo/p/x.py', files), '/repo/types.py');
  assert.equal(firstOf('p.types', 0, '/repo/p/x.py', files), '/repo/p/types.py');
});

test('from the root, from folders on the way to it, and from src', () => {
  assert.equal(firstOf('models.net', 0, '/repo/tools/deep/train.py', ['/repo/models/net.py']), '/repo/models/net.py');
  assert.equal(firstOf('net', 0, '/repo/tools/deep/train.py', ['/repo/tools/net.py']), '/repo/tools/net.py');
  assert.equal(firstOf('pkg', 0, '/repo/tests/a.py', ['/repo/src/pkg/__init__.py']), '/repo/src/pkg/__init__.py');
  assert.equal(firstOf('net', 0, '/other/a.py', ['/repo/tools/net.py']), undefined);
});

test('URIs are paths too', () => {
  const files = ['file:///w/a%20b/m.py'];
  assert.equal(firstOf('m', 0, 'file:///w/a%20b/run.py', files, ['file:///w/']), files[0]);
});
