import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { GatewayError } from './gateway-error.ts';
import { oauthError } from './oauth.ts';

const ID = 'req_1';
const codeFor = (code: ConstructorParameters<typeof GatewayError>[0]) => oauthError(new GatewayError(code, { reason: 'inner words' }), ID)['error'];

suite('An error in the dialect of OAuth (RFC 6749 §5.2)', () => {
  test('has a code of that document, where it is explained, and what to do next', () => {
    const said = oauthError(new GatewayError('notice.invalid', { reason: 'inner words' }), ID);
    assert.deepEqual([said['error'], said['error_uri'], said['request_id'], said['code']], ['invalid_request', 'https://sallyport.dev/errors#notice.invalid', ID, 'notice.invalid']);
    assert.match(String(said['hint']), /docs\/revocation\.md/);
    assert.ok(!JSON.stringify(said).includes('inner words'));
  });

  test('tells whose fault it is by its code', () => {
    assert.deepEqual([codeFor('notice.client'), codeFor('http.media-type'), codeFor('token.unchecked'), codeFor('house.fault')], ['invalid_client', 'invalid_request', 'temporarily_unavailable', 'server_error']);
  });

  test('describes in the characters that may stand there', () => {
    const said = oauthError(new GatewayError('admin.input', { reason: 'x', detail: '"é\\\n\u0000' }), ID);
    assert.equal(said['error_description'], "'?'??");
  });
});
