import { AssertionError } from 'node:assert/strict';
import { GatewayError } from '../../src/errors/gateway-error.ts';

const asRefusal = (thrown: unknown): GatewayError => {
  if (thrown instanceof GatewayError) return thrown;
  throw thrown;
};

const accepted = (): never => {
  throw new AssertionError({ message: 'nothing was refused' });
};

/** The GatewayError that the work throws; it fails the test that nothing is thrown, and passes on what is none. */
export const refusalOf = (work: () => unknown): GatewayError => {
  try {
    work();
  } catch (thrown) {
    return asRefusal(thrown);
  }
  return accepted();
};

/** The same for work that takes time. */
export const laterRefusalOf = async (work: () => unknown): Promise<GatewayError> => {
  try {
    await work();
  } catch (thrown) {
    return asRefusal(thrown);
  }
  return accepted();
};
