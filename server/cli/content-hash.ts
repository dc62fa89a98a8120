/** What a kept result remembers of a text. Apart from the imports, so that a command that keeps nothing loads no cryptography. */
import { createHash } from 'node:crypto';

export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
