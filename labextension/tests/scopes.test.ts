import assert from 'node:assert/strict';
import { test } from 'node:test';

import { IText, LiveSource } from '../src/source';
import { formatCountdown, formatIteration } from '../src/view/format';
import { isOf, mayWrite, nodeAt, scopesOf, trailTo } from '../src/view/paths';
import type { INode, IRunPicture, IScope } from '../src/view/picture';
import { completed } from '../src/view/picture';

function node(path: string, changes: Partial<INode> = {}): INode {
  const name = path.split('/').pop() ?? path;
  return { name, path, status: 'running', items: null, ...changes } as unknown as INode;
}

function scope(path: string, ...nodes: INode[]): IScope {
  return { path, nodes, edges: [], status: 'running', workflow: 'w' } as unknown as IScope;
}

function picture(changes: Partial<IRunPicture> = {}): IRunPicture {
  return {
    version: 1,
    rev: 1,
    run_id: 'r1',
    status: 'running',
    nodes: [],
    edges: [],
    approvals: [],
    timeline: [],
    ...changes
  } as unknown as IRunPicture;
}

const NESTED = completed(
  picture({
    nodes: [node('review'), node('review_2')],
    scopes: [
      scope('review[a]', node('review[a]/deep')),
      scope('review[a]/deep', node('review[a]/deep/find')),
      scope('review[a]#2', node('review[a]#2/deep')),
      scope('review[b/c]', node('review[b/c]/deep'))
    ]
  })
);

test('items and iterations belong to their step, and nothing else does', () => {
  for (const path of ['s', 's[a]', 's#2', 's[a]#2', 's#2[a]', 's[a[1]]', 's[a/b]', 's[a[]']) {
    assert.equal(isOf(path, 's'), true, path);
  }
  for (const path of ['s2', 's[a]/t', 's/t', 's#2/t', 't', 's#x']) {
    assert.equal(isOf(path, 's'), false, path);
  }
});

test('a subworkflow is found from its step, and the way to it is told', () => {
  const [review] = NESTED.nodes;
  assert.deepEqual(
    scopesOf(NESTED, review).map(one => one.path),
    ['review[a]', 'review[a]#2', 'review[b/c]']
  );
  assert.deepEqual(
    trailTo(NESTED, 'review[a]/deep').map(one => one.path),
    ['review[a]', 'review[a]/deep']
  );
  assert.equal(nodeAt(NESTED, 'review[a]/deep/find')?.name, 'find');
  assert.equal(nodeAt(NESTED, 'gone'), undefined);
});

test('a picture of an older program says nothing of what it does not know', () => {
  const old = { name: 'draft', status: 'running', items: { total: 2, succeeded: 1 } };
  const whole = completed(picture({ nodes: [old as unknown as INode] }));
  assert.equal(whole.nodes[0].path, 'draft');
  assert.equal(whole.nodes[0].items?.skipped, 0);
  assert.deepEqual(whole.actions, ['cancel']);
  assert.deepEqual(completed(picture({ status: 'failed' })).actions, []);
  assert.deepEqual([whole.waits, whole.scopes, whole.scopes_cut], [[], [], 0]);
});

test('iterations and times that run down are told in words', () => {
  assert.equal(
    formatIteration(node('a', { iteration: 2, at_most: 4 })),
    'iteration 2 of at most 4'
  );
  assert.equal(formatIteration(node('a', { iteration: 3, at_most: null })), 'iteration 3');
  assert.equal(formatIteration(node('a', { iteration: 1, at_most: null })), '');
  assert.deepEqual([0.2, 59.1, 3600.5, -4].map(formatCountdown), ['1 s', '1 min', '1 h', '0 s']);
});

function text(path: string, tail: string): IText {
  return { verb: 'text', run_id: 'r1', path, call_id: 'c', tail, length: tail.length };
}

test('a text is shown while its step writes, and dropped when the step has ended', () => {
  const source = new LiveSource();
  let told = 0;
  source.watch(() => told++);
  source.receive(text('review', 'too early'));
  source.show({ ...NESTED });
  source.receive(text('review[a]/deep', 'one'));
  source.receive(text('review[b/c]/deep', 'two'));
  assert.equal(source.text('review[a]/deep')?.tail, 'one');
  assert.equal(source.text('review'), null);
  source.receive({ ...text('review[a]/deep', 'x'), run_id: 'other' });
  assert.equal(source.text('review[a]/deep')?.tail, 'one');
  assert.ok(told >= 3);
  const ended = NESTED.scopes.map(one => ({
    ...one,
    nodes: one.nodes.map(inner => ({ ...inner, status: 'succeeded' as const }))
  }));
  source.show({ ...NESTED, rev: 2, scopes: ended });
  assert.equal(source.text('review[a]/deep'), null);
  source.receive(text('review[a]/deep', 'too late'));
  assert.equal(source.text('review[a]/deep'), null);
});

test('of the items of a step the newest text is shown, and an ended item writes no more', () => {
  const source = new LiveSource();
  source.connect(() => undefined);
  const row = { path: 'check[1]', status: 'succeeded' as const, spans: [] };
  source.show(picture({ nodes: [node('check')], timeline: [row] }));
  source.receive(text('check[2]', 'older'));
  source.receive(text('check[3]', 'newer'));
  source.receive(text('check[1]', 'ended'));
  assert.equal(source.text('check')?.tail, 'newer');
  source.receive(text('check[3]', ''));
  assert.equal(source.text('check')?.tail, 'older');
  source.disconnect();
  assert.equal(source.text('check'), null);
  assert.equal(mayWrite(picture({ timeline: [row] }), 'check[1]'), false);
});
