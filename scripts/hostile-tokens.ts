import { writeFileSync } from 'node:fs';
import { claimRows } from './hostile-tokens/claims.ts';
import { encodingRows } from './hostile-tokens/encodings.ts';
import { headerRows } from './hostile-tokens/headers.ts';
import { claims, header, mint, type Hostile } from './hostile-tokens/mint.ts';

/**
 * `node scripts/hostile-tokens.ts` writes the corpus of tokens that must open nothing (attacks.md group B). The keys beside it are fixed and
 * published; only signatures by ECDSA differ from one run to the next.
 */
const rows: Readonly<Record<string, readonly Hostile[]>> = { ...headerRows, ...claimRows, ...encodingRows };

for (const [row, tokens] of Object.entries(rows)) {
  writeFileSync(new URL(`../test/attacks/tokens/${row}.json`, import.meta.url), `${JSON.stringify(tokens, null, 1)}\n`);
  console.log(`${row}: ${String(tokens.length)}`);
}
writeFileSync(new URL('../test/attacks/tokens/good.json', import.meta.url), `${JSON.stringify([{ name: 'good in every respect', token: mint(header(), claims()), reason: '' }], null, 1)}\n`);
console.log(`all: ${String(Object.values(rows).flat().length)}`);
