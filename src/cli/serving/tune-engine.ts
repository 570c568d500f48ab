import { setFlagsFromString } from 'node:v8';

/** What V8 is told before the first request; docs/decisions/0012 has the measurements. */
const FLAGS = [
  // It guesses from a few early survivors that what a line allocates lives long, and puts it where only a major collection looks. Here nothing
  // outlives its request, and each object so placed kept the young ones it points to.
  '--no-allocation-site-pretenuring',
  // A request passes through very many small functions: twice as much may be compiled into its caller as usual.
  '--max-inlined-bytecode-size=1000',
  '--max-inlined-bytecode-size-cumulative=2000',
];

/** Sets V8's flags for a process that serves requests. To be called before anything is served. */
export const tuneEngine = (): void => {
  for (const flag of FLAGS) setFlagsFromString(flag);
};
