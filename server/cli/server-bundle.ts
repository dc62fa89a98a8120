/** Loads the server's bundle, which lies beside this one, so that the command line stays small. */
import { createRequire } from 'node:module';

createRequire(import.meta.url)('./server.js');
