import { z } from 'zod';
import type { Operation } from '../../ports/operation.ts';
import type { ToolPin } from '../../ports/tool-pins.ts';
import { OperationRefused, type AdminNeeds } from '../needs.ts';
import { readInput } from '../read-input.ts';
import { waitingTools } from '../waiting-tools.ts';

const input = z.strictObject({
  server: z.string().min(1),
  tool: z.string().min(1).exactOptional(),
  /** Every tool of the server that waits, in place of one. */
  all: z.literal(true).exactOptional(),
  /** What `tools diff` has shown; anything later is not accepted by it. */
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/, 'is not a digest as "tools diff" shows it').exactOptional(),
});

export interface AcceptedTool {
  readonly server: string;
  readonly tool: string;
  readonly digest: string;
}

type Asked = z.output<typeof input>;

const check = ({ server, tool, all, digest }: Asked): void => {
  if ((tool === undefined) === (all === undefined)) throw new OperationRefused(`name one tool, or all of them: "sallyport tools accept ${server} TOOL" or "sallyport tools accept ${server} --all"`);
  if (digest !== undefined && tool === undefined) throw new OperationRefused('a digest is of one tool: name the tool');
};

const changedMeanwhile = ({ server, tool }: ToolPin): OperationRefused => new OperationRefused(`the tool ${tool} of ${server} has changed again: look at "sallyport tools diff ${server} ${tool}" first`);

/** Accepts what servers say of their tools now; a running gateway lists and calls them within a tenth of a second. */
export const acceptTools: Operation<'tools accept', z.input<typeof input>, { readonly accepted: readonly AcceptedTool[] }, AdminNeeds> = {
  name: 'tools accept',
  summary: 'accept a tool as its server describes it now',
  input,
  permission: 'admin:tools',
  hands: () => [],
  touched: ({ accepted }) => accepted.map(({ server, tool }) => `${server}:${tool}`),
  run(raw, { store }) {
    const asked = readInput(input, raw);
    check(asked);
    return store.transaction(() => ({
      accepted: waitingTools(store.toolPins, asked.server, asked.tool).map((pin) => {
        const digest = pin.pending?.digest ?? '';
        if (asked.digest !== undefined && asked.digest !== digest) throw changedMeanwhile(pin);
        if (!store.toolPins.accept(pin.server, pin.tool, digest)) throw changedMeanwhile(pin);
        return { server: pin.server, tool: pin.tool, digest };
      }),
    }));
  },
};
