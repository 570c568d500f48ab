import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderOpenApi } from '../src/admin/http/openapi.ts';
import { operations } from '../src/admin/operations/list.ts';
import { withOperations } from '../src/admin/http/reference.ts';
import { renderRecordSchema, withRecordTable } from '../src/admin/audit/record-schema.ts';
import { withMetricTable } from '../src/adapters/metrics/reference.ts';
import { withResults } from '../bench/page.ts';
import { readResults } from '../bench/report.ts';
import { renderConfigReference, renderJsonSchema } from '../src/config/reference.ts';

/** Writes what is generated in the repository; tests in test/house compare it. */
const root = join(import.meta.dirname, '..');

writeFileSync(join(root, 'docs/config.md'), renderConfigReference());
writeFileSync(join(root, 'config.schema.json'), `${JSON.stringify(renderJsonSchema(), null, 2)}\n`);
writeFileSync(join(root, 'docs/openapi.json'), `${JSON.stringify(renderOpenApi(operations), null, 2)}\n`);

const guide = join(root, 'docs/admin-api.md');
writeFileSync(guide, withOperations(readFileSync(guide, 'utf8'), operations));

writeFileSync(join(root, 'docs/audit.schema.json'), `${JSON.stringify(renderRecordSchema(), null, 2)}\n`);
const trail = join(root, 'docs/audit.md');
writeFileSync(trail, withRecordTable(readFileSync(trail, 'utf8')));

const metrics = join(root, 'docs/metrics.md');
writeFileSync(metrics, withMetricTable(readFileSync(metrics, 'utf8')));

const performancePage = join(root, 'docs/performance.md');
writeFileSync(performancePage, withResults(readFileSync(performancePage, 'utf8'), readResults(join(root, 'bench/results.json'))));
