import assert from 'node:assert/strict';
import { test } from 'node:test';

import { choicesOf, controlOf, initialDraft, readForm, titleOf } from '../src/view/forms';
import type { IFormField, Schema } from '../src/view/picture';

function field(json_schema: Schema, changes: Partial<IFormField> = {}): IFormField {
  return { name: 'f', type_text: 'T', json_schema, required: true, ...changes };
}

function read(schema: Schema, draft: string | boolean, changes: Partial<IFormField> = {}): unknown {
  const { values, problems } = readForm([field(schema, changes)], { f: draft });
  return problems.f ?? values.f;
}

const optional = (schema: Schema): Schema => ({ anyOf: [schema, { type: 'null' }] });
const TEXT = { type: 'string' };
const CHOICE = { type: 'string', enum: ['low', 'high'] };

test('a field gets the control that its type asks for', () => {
  const controls: [Schema, string][] = [
    [TEXT, 'text'],
    [optional(TEXT), 'text'],
    [{ type: 'integer' }, 'number'],
    [{ type: 'boolean' }, 'checkbox'],
    [CHOICE, 'choice'],
    [{ type: 'string', format: 'date' }, 'date'],
    [{ type: 'string', format: 'date-time' }, 'datetime'],
    [{ type: 'array', items: TEXT }, 'list'],
    [{ type: 'array', items: { type: 'integer' } }, 'json'],
    [{ type: 'object' }, 'json'],
    [{ anyOf: [TEXT, { type: 'integer' }] }, 'json'],
    [{}, 'json']
  ];
  for (const [schema, control] of controls) {
    assert.equal(controlOf(field(schema)), control, JSON.stringify(schema));
  }
  assert.equal(controlOf(field(optional({ type: 'boolean' }), { required: false })), 'choice');
  const named = { $ref: '#/$defs/Risk', $defs: { Risk: CHOICE, Letter: { type: 'object' } } };
  assert.equal(controlOf(field(named)), 'choice');
  assert.equal(controlOf(field({ ...named, $ref: '#/$defs/Letter' })), 'json');
  assert.equal(controlOf(field({ ...named, $ref: '#/$defs/gone' })), 'json');
});

test('what was typed becomes a value of its type', () => {
  assert.equal(read(TEXT, 'a@b.c'), 'a@b.c');
  assert.equal(read({ type: 'integer' }, ' 12 '), 12);
  assert.equal(read({ type: 'number' }, '-.5e1'), -5);
  assert.equal(read({ type: 'boolean' }, false), false);
  assert.equal(read(CHOICE, '1'), 'high');
  assert.deepEqual(read({ type: 'array', items: TEXT }, 'a\n\n b '), ['a', 'b']);
  assert.deepEqual(read({ type: 'object' }, '{"a": 1}'), { a: 1 });
  assert.equal(read({}, 'just words'), 'just words');
  assert.equal(
    read({ type: 'string', format: 'date-time' }, '2026-01-02T03:04Z'),
    '2026-01-02T03:04:00.000Z'
  );
});

test('what does not fit is told, and nothing is made of it', () => {
  for (const [schema, draft, problem] of [
    [{ type: 'integer' }, '1.5', /whole number/],
    [{ type: 'integer' }, '12x', /a number/],
    [{ type: 'number' }, '0x10', /a number/],
    [{ type: 'integer', minimum: 1 }, '0', /at least 1/],
    [{ type: 'integer', maximum: 9 }, '10', /at most 9/],
    [{ type: 'string', maxLength: 2 }, 'abc', /at most 2 characters, found 3/],
    [{ type: 'object' }, '{', /not JSON yet; expected T/],
    [{ type: 'object' }, '[]', /expected T, found a list/i],
    [{}, '{', /not JSON yet/]
  ] as [Schema, string, RegExp][]) {
    assert.match(String(read(schema, draft)), problem, draft);
  }
});

test('only required fields must be filled in, and an empty list is a list', () => {
  assert.match(String(read(TEXT, '  ')), /required/);
  assert.equal(read(TEXT, '', { required: false }), undefined);
  assert.deepEqual(read({ type: 'array', items: TEXT }, ''), []);
  assert.match(String(read({ type: 'array', items: TEXT, minItems: 1 }, '')), /required/);
  assert.deepEqual(readForm([field({ type: 'boolean' })], {}).values, { f: false });
});

test('a form begins with its defaults', () => {
  assert.equal(initialDraft(field({ ...CHOICE, default: 'high' })), '1');
  assert.equal(initialDraft(field({ type: 'boolean', default: true })), true);
  assert.equal(initialDraft(field({ type: 'array', items: TEXT, default: ['a', 'b'] })), 'a\nb');
  assert.equal(initialDraft(field({ type: 'object', default: { a: 1 } })), '{\n  "a": 1\n}');
  assert.equal(initialDraft(field(TEXT)), '');
});

test('choices with titles show these, and send their values', () => {
  const way: Schema = {
    type: 'string',
    oneOf: [
      { const: 'post', title: 'By post' },
      { const: 'mail', title: 'By e-mail' }
    ]
  };
  assert.equal(controlOf(field(way)), 'choice');
  assert.deepEqual(
    choicesOf(field(way)).map(choice => choice.text),
    ['By post', 'By e-mail']
  );
  assert.equal(read(way, '1'), 'mail');
  assert.deepEqual(choicesOf(field({ ...CHOICE, enumNames: ['Low', 'High'] }))[1], {
    value: 'high',
    text: 'High'
  });
});

test('some of several choices are a list of their values', () => {
  const annexes: Schema = { type: 'array', items: CHOICE, default: ['high'] };
  assert.equal(controlOf(field(annexes)), 'choices');
  assert.equal(initialDraft(field(annexes)), '1');
  assert.deepEqual(read(annexes, '0\n1'), ['low', 'high']);
  assert.deepEqual(read(annexes, ''), []);
  assert.equal(read({ ...annexes, minItems: 1 }, ''), 'This is required.');
  const titled = { type: 'array', items: { anyOf: [{ const: 'a', title: 'Plan' }] } };
  assert.deepEqual(read(titled, '0'), ['a']);
});

test('a field is called by its title, where it has one that is not a type', () => {
  assert.equal(titleOf(field({ type: 'string', title: 'Full name' })), 'Full name');
  assert.equal(titleOf(field({ title: 'Address' }, { type_text: 'Address' })), 'f');
  assert.equal(titleOf(field(TEXT)), 'f');
});

test('what a server hides in the words of a form is seen', () => {
  assert.equal(titleOf(field({ type: 'string', title: 'Pay \u202eeno' })), 'Pay \\u202eeno');
  const way: Schema = { type: 'string', oneOf: [{ const: 'a\u202e', title: 'B\u2066' }] };
  assert.deepEqual(choicesOf(field(way)), [{ value: 'a\u202e', text: 'B\\u2066' }]);
  assert.equal(choicesOf(field({ enum: ['a\u202e'] }))[0].text, 'a\\u202e');
});
