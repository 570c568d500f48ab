import type { RpcError, RpcOutcome } from './message.ts';

/** A JSON-RPC error on its way to whoever asked: thrown inside the room, never out of it. */
export class RpcFault extends Error {
  readonly error: RpcError;

  constructor(error: RpcError) {
    super(error.message);
    this.name = 'RpcFault';
    this.error = error;
  }

  get outcome(): RpcOutcome {
    return { kind: 'error', error: this.error };
  }
}
