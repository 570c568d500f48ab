/** A gateway as small as can be, to be killed: node host.ts <flag…>; prints the process group of its child. */
import { buildStdioUpstream } from '../stdio-upstream.ts';
import { ModernCaller } from './callers.ts';
import { textOf } from './events.ts';
import { groupOf } from './processes.ts';
import { rawServer, testOptions } from './rig.ts';
import { testNeeds } from './test-world.ts';

const upstream = buildStdioUpstream({ ...testOptions(), ...rawServer('modern', ...process.argv.slice(2)) }, testNeeds());
setInterval(() => undefined, 1_000);
process.stdout.write(`group ${groupOf(Number(textOf(await new ModernCaller(upstream, 'a').tool('pid'))))}\n`);
