import assert from 'node:assert/strict';
import { mock, test } from 'node:test';

import { SavedForm } from '../src/saved';
import { IAction, LiveSource } from '../src/source';

const TYPE = 'application/x-run';

function picture(rev: number, status = 'waiting'): { [name: string]: unknown } {
  const lists = { nodes: [], edges: [], approvals: [], timeline: [] };
  return { version: 1, rev, run_id: 'r1', status, ...lists };
}

/** An output that was saved at event 4, and a source that is asked for what is to be saved. */
function opened(): {
  source: LiveSource;
  asked: IAction[];
  kept: () => unknown;
  answer: (rev: number) => Promise<void>;
} {
  const source = new LiveSource();
  const asked: IAction[] = [];
  const form = new SavedForm(source, TYPE);
  const model = {
    data: { [TYPE]: { picture: picture(4, 'running') }, other: 'stays' } as {
      [type: string]: unknown;
    },
    setData({ data }: { data: { [type: string]: unknown } }) {
      model.data = data;
      form.saved(model as never);
    }
  };
  form.saved(model as never);
  source.show(picture(4, 'running'));
  source.connect(action => void asked.push(action));
  return {
    source,
    asked,
    kept: () => model.data,
    answer: async rev => {
      const bundle = { [TYPE]: { picture: picture(rev) }, 'text/plain': 'now' };
      source.receive({ verb: 'reply', id: asked[0].id, ok: true, message: '', bundle });
      await new Promise(resolve => setImmediate(resolve));
    }
  };
}

test('what is saved is renewed when a run rests that nobody else saves', async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    const { source, asked, kept, answer } = opened();
    source.show(picture(8, 'running'));
    mock.timers.tick(60_000);
    assert.equal(asked.length, 0);
    source.show(picture(9));
    mock.timers.tick(60_000);
    assert.deepEqual(
      asked.map(({ verb, run_id }) => [verb, run_id]),
      [['look_saved', 'r1']]
    );
    await answer(9);
    const renewed = { [TYPE]: { picture: picture(9) }, 'text/plain': 'now', other: 'stays' };
    assert.deepEqual(kept(), renewed);
    mock.timers.tick(60_000);
    assert.equal(asked.length, 1);
  } finally {
    mock.timers.reset();
  }
});

test('an answer that is no newer than what is saved changes nothing, and is not asked for again', async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    const { source, asked, kept, answer } = opened();
    const before = kept();
    source.show(picture(9));
    mock.timers.tick(60_000);
    await answer(4);
    mock.timers.tick(60_000);
    assert.equal(kept(), before);
    assert.equal(asked.length, 1);
  } finally {
    mock.timers.reset();
  }
});
