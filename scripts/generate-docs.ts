import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderConfigReference, renderJsonSchema } from '../src/config/reference.ts';

/** Writes what is generated in the repository; test/house/config-docs.test.ts compares it. */
const root = join(import.meta.dirname, '..');

writeFileSync(join(root, 'docs/config.md'), renderConfigReference());
writeFileSync(join(root, 'config.schema.json'), `${JSON.stringify(renderJsonSchema(), null, 2)}\n`);
