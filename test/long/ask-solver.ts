/** One stretch of the long run, in a process of its own because the solver's memory only grows: prints its tally. */
import { AssertionError } from 'node:assert';
import { askSolver } from '../unit/dims-solver.ts';

const [queries, seed] = process.argv.slice(2).map(Number);
try {
  console.log(JSON.stringify(await askSolver(queries ?? 0, seed ?? 0)));
} catch (error) {
  if (!(error instanceof AssertionError)) throw error;
  console.log(JSON.stringify({ wrong: error.message }));
}
process.exit(0);
