/** What is presumed of free sizes: a requirement may not rest on its opposite; a program's own question may. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { eq, ge, ne, or } from '../../server/dims/cond.ts';
import { add, constant, floorDiv, mul, sub, symbol } from '../../server/dims/dim.ts';
import { Facts } from '../../server/dims/facts.ts';
import { Trail } from '../../server/dims/trail.ts';

const one = constant(1);
const sizes = () => {
  const facts = new Facts(new Trail());
  return { facts, b: symbol('b', { least: 0 }), t: symbol('t', { least: 0 }), d: symbol('d', { least: 0 }) };
};

test('a requirement that makes two free sizes equal is refused, and leaves no trace', () => {
  const { facts, b, t } = sizes();
  facts.presume(ne(b, t));
  assert.equal(facts.require(eq(b, t)), false);
  assert.equal(facts.decide(eq(b, t)), 'unknown');
  assert.equal(facts.require(eq(b, add(t, t))), true);
});

test('what the program asks for itself is assumed all the same, and counts for more from then on', () => {
  const { facts, b, t, d } = sizes();
  facts.presume(ne(b, t));
  assert.equal(facts.assume(eq(b, t)), true);
  assert.equal(facts.decide(eq(b, t)), 'yes');
  assert.equal(facts.require(eq(mul(b, d), mul(t, d))), true);
});

test('a disjunction is refused where each of its parts is', () => {
  const { facts, b, d } = sizes();
  facts.presume(ne(b, d));
  facts.presume(ge(b, constant(2)));
  assert.equal(facts.refutes(or(eq(b, d), eq(b, one))), true);
  assert.equal(facts.refutes(or(eq(b, d), eq(b, one), eq(d, one))), false);
});

test('a loose presumption lets a size be one number, or the lesser', () => {
  const { facts, d, t } = sizes();
  facts.presume(ge(d, constant(64)), true);
  assert.equal(facts.refutes(eq(d, constant(3))), false);
  assert.equal(facts.refutes(ge(t, d)), false);
  const third = floorDiv(d, constant(3));
  assert.equal(facts.refutes(or(eq(sub(d, third), third), eq(third, one))), true);
});

test('nothing rests on a size that is 0', () => {
  const { facts, b, d } = sizes();
  facts.presume(ge(b, constant(2)));
  assert.equal(facts.require(eq(mul(b, d), d)), false);
});

test('without a presumption nothing is refused that could be', () => {
  const { facts, b, t } = sizes();
  assert.equal(facts.refutes(eq(b, t)), false);
});

test('for as long as something is asked, all that is presumed of the sizes counts', () => {
  const { facts, b, t } = sizes();
  assert.equal(
    facts.presuming([b, t], () => facts.decide(eq(b, one)) === 'no'),
    false,
  );
  facts.presume(ge(b, constant(2)), true);
  assert.equal(
    facts.presuming([b, t], () => facts.decide(eq(b, one)) === 'no'),
    true,
  );
  assert.equal(
    facts.presuming([t], () => facts.decide(eq(b, one)) === 'no'),
    false,
  );
  assert.equal(facts.decide(eq(b, one)), 'unknown');
});

test('an equation that only nothing meets is vain', () => {
  const facts = new Facts(new Trail());
  const [width, depth] = [symbol('width'), symbol('depth')];
  assert.equal(facts.isVain(eq(add(width, width), width)), true);
  assert.equal(facts.isVain(eq(mul(width, depth), mul(constant(3), mul(width, depth)))), true);
  assert.equal(facts.isVain(eq(add(width, depth), width)), false);
  assert.equal(facts.isVain(eq(mul(constant(8), floorDiv(width, constant(8))), width)), false);
  const batch = symbol('batch', { least: 0, measured: true });
  assert.equal(facts.isVain(eq(add(batch, batch), batch)), false);
  assert.equal(facts.assume(eq(width, constant(0))), true);
  assert.equal(facts.isVain(eq(add(width, width), width)), false);
});

test('a size that the program reckons with may be one number, though not another size', () => {
  const { facts, b, t } = sizes();
  facts.presume(ge(b, constant(2)));
  facts.presume(ne(b, t));
  assert.equal(facts.refutes(eq(b, one)), true);
  facts.loosen(b);
  assert.equal(facts.refutes(eq(b, one)), false);
  assert.equal(facts.refutes(eq(b, t)), true);
});
