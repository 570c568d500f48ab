import type { AnyOperation } from '../http/http-shape.ts';
import { withDryRun } from '../try-out.ts';
import { allowKey } from './allow-key.ts';
import { acceptTools } from './accept-tools.ts';
import { expectAlarm } from './expect-alarm.ts';
import { listAlarms } from './list-alarms.ts';
import { resolveAlarm } from './resolve-alarm.ts';
import { showAlarm } from './show-alarm.ts';
import { closeRotation } from './close-rotation.ts';
import { createKey } from './create-key.ts';
import { denyCertificate } from './deny-certificate.ts';
import { diffTools } from './diff-tools.ts';
import { disablePerson } from './disable-person.ts';
import { disableKey } from './disable-key.ts';
import { enablePerson } from './enable-person.ts';
import { enableKey } from './enable-key.ts';
import { extendKey } from './extend-key.ts';
import { exportKeys } from './export-keys.ts';
import { limitKey } from './limit-key.ts';
import { liftRevocation } from './lift-revocation.ts';
import { listAudit } from './list-audit.ts';
import { listClients } from './list-clients.ts';
import { listConsents } from './list-consents.ts';
import { listKeys } from './list-keys.ts';
import { narrowKey } from './narrow-key.ts';
import { releaseKey } from './release-key.ts';
import { reportLeak } from './report-leak.ts';
import { listPeople } from './list-people.ts';
import { listRevocations } from './list-revocations.ts';
import { listTools } from './list-tools.ts';
import { removeClient } from './remove-client.ts';
import { revokeClient } from './revoke-client.ts';
import { revokeConsents } from './revoke-consents.ts';
import { revokeIssuer } from './revoke-issuer.ts';
import { revokeKey } from './revoke-key.ts';
import { revokeKeys } from './revoke-keys.ts';
import { revokeSession } from './revoke-session.ts';
import { revokeSubject } from './revoke-subject.ts';
import { revokeToken } from './revoke-token.ts';
import { rollBackRotation } from './roll-back-rotation.ts';
import { rotateKey } from './rotate-key.ts';
import { rotateKeys } from './rotate-keys.ts';
import { showClient } from './show-client.ts';
import { showPerson } from './show-person.ts';
import { showKey } from './show-key.ts';
import { suggestKey } from './suggest-key.ts';
import { testAlarms } from './test-alarms.ts';
import { unusedKeys } from './unused-keys.ts';

/** To add one: its file, and its line here. */
const all: readonly AnyOperation[] = [
  createKey, listKeys, showKey, unusedKeys, suggestKey, narrowKey, allowKey, limitKey, disableKey, enableKey, extendKey, rotateKey, closeRotation, rollBackRotation, revokeKey,
  rotateKeys, revokeKeys, exportKeys, reportLeak, releaseKey,
  listPeople, showPerson, disablePerson, enablePerson,
  listClients, showClient, removeClient, listConsents, revokeConsents,
  listAudit,
  listTools, diffTools, acceptTools,
  revokeToken, revokeSession, revokeSubject, revokeClient, revokeIssuer, denyCertificate, listRevocations, liftRevocation,
  listAlarms, showAlarm, expectAlarm, resolveAlarm, testAlarms,
];

/** Every admin action; what changes keys can be tried out first. */
export const operations: readonly AnyOperation[] = all.map(withDryRun);
