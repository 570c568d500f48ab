import assert from 'node:assert/strict';
import { test } from 'node:test';
import { secretMaker } from '../../../test/world/made-secrets.ts';
import { shownCommand } from './shown-command.ts';

const made = secretMaker('shown-command');

test('a command is told without what is secret in it (R87)', () => {
  const secret = made(24);
  for (const words of [['env', `TOKEN=${secret}`, 'node', 'server.js'], ['npx', '-y', 'server', '--api-key', secret], ['server', `--api-key=${secret}`], ['server', secret], ['docker', 'run', '-e', `X=${secret}`, 'image'], ['server', '--password', 'hunter2']]) {
    assert.ok(!shownCommand(words).includes(secret) && !shownCommand(words).includes('hunter2'), shownCommand(words));
  }
});

test('and with all the rest, so that its owner knows it', () => {
  for (const words of [['npx', '-y', '@modelcontextprotocol/server-everything@2026.8.31', 'stdio'], ['node', '--disable-warning=…', 'src/example/crm-server.ts'], ['uvx', 'mcp-server-fetch']]) assert.equal(shownCommand(words), words.join(' '));
});
