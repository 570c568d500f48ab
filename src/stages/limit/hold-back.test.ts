import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { anAdmitted, aPermitted, aRequest, aRoute, aToolCall } from '../../../test/world/exchanges.ts';
import { refusalOf } from '../../../test/world/refusal.ts';
import { GatewayError } from '../../errors/gateway-error.ts';
import { buildHoldBack } from './hold-back.ts';

suite('A call that is more than is usual', () => {
  test('is refused before the limits that are written down are drawn on, and others go on to them (issue 7)', () => {
    const [asked, limited] = [[] as string[], [] as string[]];
    const hold = buildHoldBack(
      { take: (_principal, tool) => {
        asked.push(tool);
        if (tool === 'crm:search') throw new GatewayError('limit.unusual', { reason: 'x' });
      } },
      ({ route }) => (limited.push(route.server), anAdmitted({})),
    );
    const route = aRoute({ server: 'crm' });
    assert.equal(refusalOf(() => hold(aPermitted({ call: aToolCall('search'), route }))).code, 'limit.unusual');
    assert.deepEqual(limited, []);
    hold(aPermitted({ call: aToolCall('read'), route }));
    hold(aPermitted({ call: aRequest('tools/list'), route }));
    assert.deepEqual([asked, limited], [['crm:search', 'crm:read'], ['crm', 'crm']]);
  });
});
