import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { CapturedLog } from '../../../test/world/captured-log.ts';
import { MovedClock } from '../../../test/world/moved-clock.ts';
import type { JsonObject, JsonValue } from '../../model/json.ts';
import type { PinRules, ToolPin, ToolPinStore } from '../../ports/tool-pins.ts';
import { PinnedTools } from './pinned-tools.ts';

class MemoryPins implements ToolPinStore {
  readonly pins = new Map<string, ToolPin>();
  readonly servers = new Set<string>();
  notes = 0;
  isBroken = false;

  list(): readonly ToolPin[] {
    return [...this.pins.values()];
  }

  note(pins: readonly ToolPin[]): void {
    if (this.isBroken) throw new Error('disk full');
    this.notes += 1;
    for (const pin of pins) {
      const { pending: _before, ...known } = this.pins.get(`${pin.server}:${pin.tool}`) ?? pin;
      this.pins.set(`${pin.server}:${pin.tool}`, { ...known, ...(pin.pending === undefined ? {} : { pending: pin.pending }) });
    }
  }

  settled(): readonly string[] {
    return [...this.servers];
  }

  settle(server: string): void {
    this.servers.add(server);
  }

  accept(server: string, tool: string): boolean {
    const pin = this.pins.get(`${server}:${tool}`);
    if (pin?.pending === undefined) return false;
    this.pins.set(`${server}:${tool}`, { server, tool, accepted: pin.pending });
    return true;
  }

  onAccept(): () => void {
    return () => undefined;
  }
}

const rigOf = (rules: Partial<PinRules> = {}, store = new MemoryPins()) => {
  const log = new CapturedLog();
  const clock = new MovedClock();
  const pins = new PinnedTools(store, { clock, log });
  pins.follow(new Map([['crm', { toolChanges: 'hold', newTools: 'list', ...rules }]]));
  const look = (...tools: readonly JsonValue[]): void => pins.look('crm', tools, true);
  return { store, pins, clock, look, lines: log.entries, held: (tool: string) => pins.isHeld('crm', tool) };
};

const tool = (name: string, description = 'reads'): JsonObject => ({ name, description, inputSchema: { type: 'object' } });

suite('A tool that has changed (Q06)', () => {
  test('is held until it is accepted; the same list again holds nothing', () => {
    const { look, held, store, pins } = rigOf();
    look(tool('a'), tool('b'));
    look(tool('b'), tool('a'));
    assert.deepEqual([held('a'), held('b')], [false, false]);
    look(tool('a', 'reads, and sends it on'), tool('b'));
    assert.deepEqual([held('a'), held('b'), pins.held], [true, false, 1]);
    store.accept('crm', 'a');
    pins.refresh();
    assert.equal(held('a'), false);
  });

  test('stays held over a restart, before anybody has listed again', () => {
    const first = rigOf();
    first.look(tool('a'));
    first.look(tool('a', 'other'));
    const second = rigOf({}, first.store);
    assert.equal(second.held('a'), true);
    second.look(tool('a', 'other'));
    assert.equal(second.held('a'), true);
  });

  test('is known for one after a restart, too', () => {
    const { store, look } = rigOf();
    look(tool('a'));
    const second = rigOf({}, store);
    second.look(tool('a', 'other'));
    assert.equal(second.held('a'), true);
  });

  test('and has changed back is what was accepted', () => {
    const { look, held, store, clock } = rigOf();
    look(tool('a'));
    look(tool('a', 'other'));
    clock.move(2_000);
    look(tool('a'));
    assert.equal(held('a'), false);
    assert.equal(store.list()[0]?.pending, undefined);
  });

  test('is held when it stands twice in a list, once as accepted', () => {
    const { look, held } = rigOf();
    look(tool('a'));
    look(tool('a'), tool('a', 'other'));
    assert.equal(held('a'), true);
  });

  test('is only logged where that is configured, and neither where that is', () => {
    for (const [toolChanges, logged] of [['warn', 1], ['ignore', 0]] as const) {
      const { look, held, lines } = rigOf({ toolChanges });
      look(tool('a'));
      look(tool('a', 'other'));
      assert.equal(held('a'), false);
      assert.equal(lines.length, logged);
    }
  });

  test('is held from then on where it was only logged before', () => {
    const { look, held, pins } = rigOf({ toolChanges: 'warn' });
    look(tool('a'));
    look(tool('a', 'other'));
    pins.follow(new Map([['crm', { toolChanges: 'hold', newTools: 'list' }]]));
    assert.equal(held('a'), true);
  });

  test('is said in the log once, with the command; a server that changes its mind all the time fills neither log nor disk', () => {
    const { look, held, lines, store } = rigOf();
    look(tool('a'));
    for (let at = 0; at < 1_000; at += 1) look(tool('a', `other ${String(at)}`));
    assert.equal(held('a'), true);
    assert.equal(lines.length, 1);
    assert.match(JSON.stringify(lines), /sallyport tools diff crm a/);
    assert.equal(store.notes, 2);
  });

  test('is one of ten that the log names; of a list that changes whole the rest are counted', () => {
    const { look, lines, pins } = rigOf();
    const names = Array.from({ length: 500 }, (_, at) => `t${String(at)}`);
    look(...names.map((name) => tool(name)));
    look(...names.map((name) => tool(name, 'other')));
    assert.equal(pins.held, 500);
    assert.equal(lines.length, 11);
    assert.equal(lines.at(-1)?.fields['more'], 490);
  });

  test('is held also where that cannot be written down', () => {
    const { look, held, store } = rigOf();
    look(tool('a'));
    store.isBroken = true;
    look(tool('a', 'other'));
    assert.equal(held('a'), true);
  });
});

suite('A tool that is new', () => {
  test('is listed, and pinned at first sight', () => {
    const { look, held } = rigOf();
    look(tool('a'));
    look(tool('a'), tool('b'));
    assert.equal(held('b'), false);
    look(tool('a'), tool('b', 'other'));
    assert.equal(held('b'), true);
  });

  test('is held where that is configured, but not on the pages of the first list', () => {
    const { pins, held } = rigOf({ newTools: 'hold' });
    pins.look('crm', [tool('a')], false);
    pins.look('crm', [tool('b')], true);
    pins.look('crm', [tool('a'), tool('b'), tool('c')], true);
    assert.deepEqual(['a', 'b', 'c'].map(held), [false, false, true]);
    assert.equal(pins.isHeld('wiki', 'c'), false);
  });

  test('is one of at most ten thousand; what comes after is not believed', () => {
    const { look, held } = rigOf();
    look(...Array.from({ length: 10_000 }, (_, at) => tool(`t${String(at)}`)));
    look(tool('one_more'));
    assert.deepEqual([held('t9999'), held('one_more')], [false, true]);
  });
});
