import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { compileHours, isTimeZone, type Hours } from './hours.ts';

const OFFICE: Hours = { from: '09:00', to: '17:00', days: ['mon', 'tue', 'wed', 'thu', 'fri'], zone: 'Europe/Berlin' };
const within = (hours: Hours, at: string): boolean => compileHours(hours)(Date.parse(at));

suite('[Q05] Hours are those of a clock on the wall of the zone', () => {
  const cases: readonly (readonly [string, Hours, string, boolean])[] = [
    ['the first minute is in', OFFICE, '2026-07-28T07:00:00Z', true],
    ['the second before is out', OFFICE, '2026-07-28T06:59:59.999Z', false],
    ['the last minute is in', OFFICE, '2026-07-28T14:59:59.999Z', true],
    ['the minute after is out', OFFICE, '2026-07-28T15:00:00Z', false],
    ['in winter it is an hour later in UTC', OFFICE, '2026-01-13T07:30:00Z', false],
    ['and so is the end', OFFICE, '2026-01-13T15:30:00Z', true],
    ['Saturday is out', OFFICE, '2026-07-25T10:00:00Z', false],
    ['Friday before the clocks go forward', OFFICE, '2026-03-27T08:00:00Z', true],
    ['Monday after they did', OFFICE, '2026-03-30T07:00:00Z', true],
    ['and an hour before', OFFICE, '2026-03-30T06:59:00Z', false],
    ['Monday after they went back', OFFICE, '2026-10-26T07:59:00Z', false],
    ['and from nine on', OFFICE, '2026-10-26T08:00:00Z', true],
    ['a leap day is a day like another', OFFICE, '2028-02-29T08:00:00Z', true],
    ['the day after it is its weekday', { ...OFFICE, days: ['wed'] }, '2028-03-01T08:00:00Z', true],
    ['a leap day that is a Saturday', OFFICE, '2020-02-29T08:00:00Z', false],
    ['the hour that comes twice counts the first time', { from: '02:00', to: '03:00', zone: 'Europe/Berlin' }, '2026-10-25T00:30:00Z', true],
    ['and the second time', { from: '02:00', to: '03:00', zone: 'Europe/Berlin' }, '2026-10-25T01:30:00Z', true],
    ['and not after', { from: '02:00', to: '03:00', zone: 'Europe/Berlin' }, '2026-10-25T02:00:00Z', false],
    ['the hour that is left out never comes', { from: '02:00', to: '03:00', zone: 'Europe/Berlin' }, '2026-03-29T01:00:00Z', false],
    ['nor just before', { from: '02:00', to: '03:00', zone: 'Europe/Berlin' }, '2026-03-29T00:59:00Z', false],
    ['a zone that is half an hour off', { from: '09:00', to: '17:00', zone: 'Asia/Kolkata' }, '2026-07-28T03:30:00Z', true],
    ['a zone whose summer time is half an hour', { from: '09:00', to: '17:00', zone: 'Australia/Lord_Howe' }, '2026-01-13T22:00:00Z', true],
    ['a night that began on Friday', { from: '22:00', to: '06:00', days: ['fri'], zone: 'UTC' }, '2026-07-31T23:00:00Z', true],
    ['is in until Saturday morning', { from: '22:00', to: '06:00', days: ['fri'], zone: 'UTC' }, '2026-08-01T05:59:00Z', true],
    ['and not on Friday morning', { from: '22:00', to: '06:00', days: ['fri'], zone: 'UTC' }, '2026-07-31T05:59:00Z', false],
    ['nor on Saturday evening', { from: '22:00', to: '06:00', days: ['fri'], zone: 'UTC' }, '2026-08-01T23:00:00Z', false],
    ['midnight is the first minute of its day', { from: '00:00', to: '01:00', days: ['wed'], zone: 'America/New_York' }, '2026-07-29T04:00:00Z', true],
  ];
  for (const [name, hours, at, expected] of cases) test(`[Q05] ${name}: ${at} is ${expected ? 'in' : 'out'}`, () => assert.equal(within(hours, at), expected));

  test('a clock that jumps back and forth is asked anew each time', () => {
    const open = compileHours(OFFICE);
    const [day, night] = [Date.parse('2026-07-28T10:00:00Z'), Date.parse('2026-07-28T22:00:00Z')];
    assert.deepEqual([open(day), open(night), open(day), open(night)], [true, false, true, false]);
  });
});

test('a time zone is an IANA name; an offset is right for half a year only', () => {
  for (const zone of ['UTC', 'Europe/Berlin', 'America/Argentina/Ushuaia']) assert.ok(isTimeZone(zone), zone);
  for (const zone of ['+02:00', 'Berlin', '', 'Europe/Berln', 'local']) assert.ok(!isTimeZone(zone), zone);
});
