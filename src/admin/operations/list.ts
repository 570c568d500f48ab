import { closeRotation } from './close-rotation.ts';
import { createKey } from './create-key.ts';
import { disableKey } from './disable-key.ts';
import { enableKey } from './enable-key.ts';
import { extendKey } from './extend-key.ts';
import { limitKey } from './limit-key.ts';
import { listKeys } from './list-keys.ts';
import { revokeKey } from './revoke-key.ts';
import { rollBackRotation } from './roll-back-rotation.ts';
import { rotateKey } from './rotate-key.ts';
import { showKey } from './show-key.ts';

/** Every admin action. To add one: its file, and its line here. */
export const operations = [createKey, listKeys, showKey, limitKey, disableKey, enableKey, extendKey, rotateKey, closeRotation, rollBackRotation, revokeKey] as const;
