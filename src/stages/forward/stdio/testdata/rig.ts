import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Clock } from '../../../../ports/world.ts';
import type { Upstream } from '../../../../ports/upstream.ts';
import type { StdioOptions } from '../stdio-options.ts';
import { buildStdioUpstream } from '../stdio-upstream.ts';
import { testNeeds } from './test-world.ts';

/** The command line of a server without a library; see raw-server.ts. */
export const rawServer = (...args: readonly string[]): Pick<StdioOptions, 'command' | 'args'> => ({
  command: process.execPath,
  args: ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'raw-server.ts'), ...args],
});

/** The servers of the SDK that the conformance suite uses; `legacy` is the same one before 2026. */
export const sdkServer = (era: 'modern' | 'legacy'): Pick<StdioOptions, 'command' | 'args'> => ({
  command: process.execPath,
  args: [era === 'modern' ? join(import.meta.dirname, '../../../../../test/fixtures/everything/stdio.ts') : join(import.meta.dirname, 'sdk-legacy.ts')],
});

export const testOptions = (more: Partial<StdioOptions> = {}): StdioOptions => ({
  server: 'raw',
  ...rawServer(),
  env: {},
  inheritEnv: { PATH: process.env['PATH'] },
  ...more,
});

export interface Rig extends ReturnType<typeof testNeeds> {
  readonly upstream: Upstream;
}

/** An upstream with a real child, closed when the test ends. */
export const rig = (t: TestContext, more: Partial<StdioOptions> = {}, clock?: Clock): Rig => {
  // The clock of the room must not keep a process alive, so something else has to while a test waits for a child.
  const awake = setInterval(() => undefined, 1_000);
  const needs = testNeeds(clock);
  const upstream = buildStdioUpstream(testOptions(more), needs);
  t.after(async () => {
    await upstream.close();
    clearInterval(awake);
  });
  return { ...needs, upstream };
};
