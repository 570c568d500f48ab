import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { withMetricTable } from '../../src/adapters/metrics/reference.ts';
import { root } from './sources.ts';

suite('docs/metrics.md', () => {
  test('lists every metric that there is; "npm run docs" writes it', () => {
    const guide = readFileSync(join(root, 'docs/metrics.md'), 'utf8');
    assert.equal(guide, withMetricTable(guide));
    assert.match(guide, /\| `sallyport_requests_total` \| counter \|/);
  });
});
