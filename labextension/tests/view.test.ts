import assert from 'node:assert/strict';
import { test } from 'node:test';

import { IAction, IReply, LiveSource } from '../src/source';
import { barOf } from '../src/view/budget';
import { mostTelling, standingOf, tellingItems } from '../src/view/details';
import { aroundChanges, asProposed, diffWords, readEdits, readResult } from '../src/view/edits';
import {
  asText,
  budgetShare,
  formatExpiry,
  formatItems,
  formatMoney,
  formatSeconds,
  seen,
  shorten,
  unseen
} from '../src/view/format';
import { otherLimits } from '../src/view/header';
import { fitScale, roundedPath } from '../src/view/geometry';
import type { IBudgetQuestion, IField, INode, IRow, IRunPicture } from '../src/view/picture';
import { completed, isPicture, newer } from '../src/view/picture';
import { horizon, makeScale } from '../src/view/scale';
import { lengthOf, pathParts, reached } from '../src/view/timeline';
import { typeOf } from '../src/view/form';

function picture(changes: Partial<IRunPicture> = {}): IRunPicture {
  return {
    version: 1,
    rev: 1,
    run_id: 'r1',
    nodes: [],
    edges: [],
    approvals: [],
    timeline: [],
    ...changes
  } as unknown as IRunPicture;
}

function action(changes: Partial<IAction> = {}): IAction {
  return { verb: 'approve', id: 'a1', run_id: 'r1', ...changes };
}

const row = (...spans: IRow['spans']): IRow => ({ path: 'a', status: 'running', spans });

test('money has as many digits as it needs', () => {
  const shown = ['0', '0.5', '0.0712', '0.0163', '12.3', '1234.5', '0.000031', '-0.5'].map(
    formatMoney
  );
  assert.deepEqual(shown, [
    '$0.00',
    '$0.50',
    '$0.0712',
    '$0.0163',
    '$12.30',
    '$1,234.50',
    '$0.000031',
    '−$0.50'
  ]);
  assert.equal(formatMoney('many'), 'many');
});

test('a time is told in its two largest units', () => {
  const shown = [0, 0.25, 41.23, 59.97, 188, 3600, 165600].map(formatSeconds);
  assert.deepEqual(shown, ['0 s', '250 ms', '41.2 s', '1 min', '3 min 8 s', '1 h', '1 d 22 h']);
});

test('an approval tells when it runs out and what happens then', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  assert.equal(
    formatExpiry('2026-01-02T22:00:00Z', 'reject', now),
    'expires in 1 d 22 h, then: reject'
  );
  assert.equal(formatExpiry('2025-01-01T00:00:00Z', null, now), 'expired');
});

test('values and counts are told in short', () => {
  assert.equal(asText('as it is'), 'as it is');
  assert.equal(asText(null), '');
  assert.equal(asText(['a b', { n: [] }]), '[ "a b", { "n": [] } ]');
  assert.equal(asText({ text: 'x'.repeat(80) }), `{\n  "text": "${'x'.repeat(80)}"\n}`);
  const items = {
    total: 1000,
    succeeded: 2,
    failed: 1,
    running: 0,
    waiting: 0,
    skipped: 4,
    telling: []
  };
  assert.equal(formatItems(items), '2 of 1,000 · 1 failed · 4 skipped');
  assert.equal(shorten('abcdef', 4), 'abc…');
  assert.equal(budgetShare('0.25', '0.50'), 0.5);
  assert.equal(budgetShare('9', '1'), 1);
  assert.equal(budgetShare('1', null), null);
});

test('a picture never gives way to an older one of the same run', () => {
  const shown = picture({ rev: 5 });
  assert.equal(newer(shown, picture({ rev: 4 })), shown);
  assert.equal(newer(shown, picture({ rev: 6 })).rev, 6);
  assert.equal(newer(shown, picture({ rev: 1, run_id: 'r2' })).run_id, 'r2');
});

test('only a picture counts as one', () => {
  assert.equal(isPicture(picture()), true);
  for (const other of [{}, null, 'x', { ...picture(), version: 2 }]) {
    assert.equal(isPicture(other), false);
  }
});

test('only what differs is an edit, and broken JSON is none', () => {
  const fields: IField[] = [
    { path: 'a', value: 'old', editable: true },
    { path: 'b', value: { n: 1 }, editable: true },
    { path: 'c', value: 'fixed', editable: false }
  ];
  assert.deepEqual(readEdits(fields, {}), { values: {}, problems: {} });
  assert.deepEqual(readEdits(fields, { a: 'new', b: '{ "n": 1 }', c: 'no' }).values, { a: 'new' });
  assert.deepEqual(readEdits(fields, { b: '{"n":2}' }).values, { b: { n: 2 } });
  assert.deepEqual(Object.keys(readEdits(fields, { b: '{' }).problems), ['b']);
});

test('a result is JSON when it can be, otherwise text', () => {
  assert.deepEqual(readResult('{"a": 1}'), { a: 1 });
  assert.equal(readResult('sent at noon'), 'sent at noon');
  assert.equal(readResult('  '), null);
});

test('a diff names the words that went and came', () => {
  const pieces = diffWords('Revenue rose 14 % on services', 'Revenue rose 11 % on services');
  assert.deepEqual(pieces, [
    { kind: 'same', text: 'Revenue rose ' },
    { kind: 'removed', text: '14' },
    { kind: 'added', text: '11' },
    { kind: 'same', text: ' % on services' }
  ]);
  const long = 'word '.repeat(3000);
  const near = diffWords(`${long}a ${long}`, `${long}b ${long}`);
  assert.deepEqual(
    near?.map(piece => piece.kind),
    ['same', 'removed', 'added', 'same']
  );
  assert.ok(aroundChanges(near ?? []).every(piece => piece.text.length < 60));
  assert.equal(diffWords('a '.repeat(3000), 'b '.repeat(3000)), null);
});

test('a wait of days leaves the work readable', () => {
  const rows = [
    row({ start: 0, end: 100, status: 'succeeded' }),
    row({ start: 100, end: 200_000, status: 'waiting' }),
    row({ start: 200_000, end: 200_100, status: 'succeeded' })
  ];
  const scale = makeScale(rows, horizon(rows, 0));
  assert.equal(scale.shortened, true);
  assert.ok(scale.at(100) > 0.3);
  assert.ok(scale.at(200_000) < 0.7);
  assert.equal(scale.at(200_100), 1);
});

test('an open span reaches the present, a saved wait a little beyond what is known', () => {
  assert.equal(horizon([row({ start: 2, end: null, status: 'running' })], 9), 9);
  assert.ok(horizon([row({ start: 10, end: null, status: 'waiting' })], 0) > 10);
  assert.equal(horizon([], 9), 0);
  assert.equal(makeScale([], 0).at(5), 0);
});

test('lines are rounded and drawings never shrunk beyond reading', () => {
  assert.equal(
    roundedPath([
      [0, 0],
      [10, 0]
    ]),
    'M0 0L10 0'
  );
  assert.equal(
    roundedPath(
      [
        [0, 0],
        [20, 0],
        [20, 20]
      ],
      4
    ),
    'M0 0L16 0Q20 0 20 4L20 20'
  );
  assert.equal(fitScale(500, 1000), 1);
  assert.equal(fitScale(1000, 750), 0.75);
  assert.equal(fitScale(5000, 500), 0.85);
});

test('what failed is looked at first, then what was done last', () => {
  const nodes = (...states: string[]): INode[] =>
    states.map((status, index) => ({ path: `${index}`, status })) as unknown as INode[];
  assert.equal(mostTelling(nodes('succeeded', 'failed', 'running')), '1');
  assert.equal(mostTelling(nodes('succeeded', 'succeeded', 'waiting')), '1');
  assert.equal(mostTelling(nodes('pending')), '0');
  assert.equal(mostTelling([]), null);
});

test('a reply finds its request, and an older picture is dropped', async () => {
  const source = new LiveSource();
  const sent: IAction[] = [];
  let told = 0;
  source.subscribe(() => told++);
  source.connect(one => sent.push(one));
  source.receive({ verb: 'picture', picture: picture({ rev: 3 }) });
  source.receive({ verb: 'picture', picture: picture({ rev: 2 }) });
  assert.equal(source.get()?.rev, 3);
  assert.equal(told, 2);
  const pending = source.act(action());
  assert.equal(sent.length, 1);
  const reply: IReply = { verb: 'reply', id: 'a1', ok: false, message: 'already decided by ann' };
  source.receive({ ...reply, id: 'other' });
  source.receive(reply);
  assert.deepEqual(await pending, reply);
});

test('an action without a kernel, or with one that dies, is answered as not taken', async () => {
  const source = new LiveSource();
  assert.equal((await source.act(action())).ok, false);
  source.connect(() => undefined);
  const pending = source.act(action());
  source.disconnect();
  const reply = await pending;
  assert.equal(reply.ok, false);
  assert.match(reply.message, /went away/);
  assert.equal(source.connected, false);
});

test('of many items those in trouble or at work are named, and all are counted', () => {
  const item = (key: string, status: 'failed' | 'running') => ({ key, path: `a[${key}]`, status });
  const items = {
    total: 1000,
    succeeded: 900,
    failed: 2,
    running: 50,
    waiting: 0,
    skipped: 0,
    telling: [item('5', 'failed'), item('9', 'failed'), item('850', 'running')]
  };
  assert.deepEqual(tellingItems(items), [
    ['failed', '[5] [9]'],
    ['running', '[850] and 49 more']
  ]);
});

test('the bar of a budget shows what is used, the limit and what the next call needs', () => {
  const budget = { counted: '0.9', limit: '1.0', wanted: '0.3' } as unknown as IBudgetQuestion;
  const bar = barOf(budget);
  assert.deepEqual([bar.used, bar.limit, bar.wanted].map(Math.round), [75, 83, 25]);
  const none = barOf({ counted: '0', limit: '0', wanted: '0' } as unknown as IBudgetQuestion);
  assert.deepEqual(none, { used: 0, limit: 0, wanted: 0 });
});

test('limits beside dollars are told from half on, and time always', () => {
  const budget = ['$0.41 of $1.00', '9 of 200 calls', '1,200 of 2,000 tokens', '1 h of 2 h'];
  assert.deepEqual(otherLimits(budget), ['1,200 of 2,000 tokens', '1 h of 2 h']);
  assert.deepEqual(otherLimits(['$2.00 of $2.00', '0 s of 2 h', '1 of 1 call']), ['1 of 1 call']);
});

test('nothing that is hidden, or turns the direction of writing, stays hidden', () => {
  const harm = 'pay \u202egnp.exe\x1b[2J\u2066x';
  assert.equal(seen(harm), 'pay \\u202egnp.exe\\u001b[2J\\u2066x');
  assert.equal(unseen(harm), '\\u202e \\u001b \\u2066');
  assert.equal(seen('a\tb\r\nc'), 'a\tb\nc');
  assert.equal(unseen('a\tb\r\nc'), '');
  const family = '👩\u200d👩 هل تريد';
  assert.equal(seen(family), family);
  const read = completed(picture({ title: harm, error: harm, next: harm }));
  assert.deepEqual([read.title, read.error, read.next], Array(3).fill(seen(harm)));
});

test('JSON shows what it hides, and an edit beside it keeps that', () => {
  const value = ['\u202egnp.exe', 1];
  const shown = asText(value);
  assert.ok(!shown.includes('\u202e'));
  assert.deepEqual(JSON.parse(shown), value);
  const field: IField = { path: 'x', value, editable: true };
  assert.deepEqual(readEdits([field], { x: shown.replace('1', '2') }).values, {
    x: ['\u202egnp.exe', 2]
  });
});

test('a row says how long its work took, or how long it only waited', () => {
  const asked = row(
    { start: 0, end: 0, status: 'running' },
    { start: 0, end: 18, status: 'waiting' }
  );
  assert.equal(lengthOf(asked, 18), '18.0 s');
  const worked = row(
    { start: 0, end: 2, status: 'running' },
    { start: 2, end: 90, status: 'waiting' },
    { start: 90, end: 91, status: 'succeeded' }
  );
  assert.equal(lengthOf(worked, 91), '3.0 s');
  const stopped: IRow = { ...row({ start: 0, end: null, status: 'waiting' }), status: 'cancelled' };
  assert.equal(lengthOf(stopped, 5), 'cancelled');
});

test('a path that is cut keeps its end', () => {
  assert.deepEqual(pathParts('each[0]/rate#2'), ['each[0]/', 'rate#2']);
  assert.deepEqual(pathParts('profile[acme]'), ['profile', '[acme]']);
  assert.deepEqual(pathParts('draft'), ['', 'draft']);
  assert.deepEqual(pathParts('items[<b>a/b[0m]'), ['items[<b>a/', 'b[0m]']);
  assert.deepEqual(pathParts('items[a/b]'), ['items', '[a/b]']);
});

test('a step tells once what it is at, or how long it took', () => {
  const node = (changes: Partial<INode>): INode =>
    ({ kind: 'python', status: 'succeeded', items: null, ...changes }) as unknown as INode;
  assert.deepEqual(standingOf(node({ detail: 'python · 0.5 s' }), ''), ['took', '0.5 s']);
  assert.deepEqual(standingOf(node({ detail: 'waits for you', status: 'waiting' }), ''), [
    'now',
    'waits for you'
  ]);
  assert.equal(standingOf(node({ detail: 'python' }), ''), null);
  assert.equal(standingOf(node({ detail: 'skipped', status: 'skipped' }), ''), null);
  const items = {} as unknown as INode['items'];
  assert.equal(standingOf(node({ detail: '105 of 300, 3 failed', items }), ''), null);
  const held = node({ detail: 'until 15:20:00 UTC: the rate of x', status: 'waiting', items });
  assert.deepEqual(standingOf(held, ''), ['now', 'until 15:20:00 UTC: the rate of x']);
});

test('a form says of an optional field that it is one', () => {
  const field = { name: 'due', json_schema: {} };
  assert.equal(typeOf({ ...field, type_text: 'date?', required: false }), 'date, optional');
  assert.equal(typeOf({ ...field, type_text: 'date', required: true }), 'date');
});

test('of a list that is edited the entries that came are told, and no spaces', () => {
  const field: IField = { path: 'to', value: ['zed@example.org'], editable: true };
  const after = asProposed(field, '["zed@example.org","boss@example.org"]');
  const changed = diffWords(asText(field.value), after)?.filter(({ kind }) => kind !== 'same');
  assert.deepEqual(changed, [{ kind: 'added', text: ', "boss@example.org"' }]);
  assert.equal(asProposed(field, '["zed'), '["zed');
  assert.deepEqual(
    diffWords('pay 1,000 now', 'pay 1,200 now')?.map(({ text }) => text),
    ['pay ', '1,000', '1,200', ' now']
  );
});

test('what was open when a run ended reaches its end, and nothing else is made up', () => {
  const created_at = '2026-01-01T00:00:00Z';
  assert.equal(reached({ created_at, finished_at: '2026-01-01T00:01:00Z' }, null), 60);
  assert.equal(reached({ created_at, finished_at: null }, Date.parse('2026-01-01T00:00:09Z')), 9);
  assert.equal(reached({ created_at, finished_at: null }, null), 0);
});
