/** Which control a field of a form gets, and what was typed into it. */

import { seen } from './format';
import type { IFormField, JsonValue, Schema } from './picture';

export type Control =
  'text' | 'number' | 'checkbox' | 'choice' | 'choices' | 'date' | 'datetime' | 'list' | 'json';

/** What a control holds; a checkbox holds whether it is ticked. */
export type Draft = string | boolean;
export type FormDrafts = { [name: string]: Draft };

export interface IAnswer {
  /** The value of each field that has one. */
  values: { [name: string]: JsonValue };
  /** Why a field cannot be taken, by its name. */
  problems: { [name: string]: string };
}

/** A choice that is offered, and how a person reads it. */
export interface IOption {
  value: JsonValue;
  text: string;
}

/** The schema of a field that has a value: an optional field may also be null. */
export function schemaOf(field: IFormField): Schema {
  const { anyOf, $defs } = field.json_schema;
  if (Array.isArray(anyOf) && optionsOf(field.json_schema) === null) {
    const options = anyOf.filter(isSchema).filter(option => option.type !== 'null');
    return options.length === 1 ? followed(options[0], $defs) : {};
  }
  return followed(field.json_schema, $defs);
}

/** The schema that `{"$ref": "#/$defs/Name"}` stands for. */
function followed(schema: Schema, definitions: JsonValue | undefined): Schema {
  const { $ref } = schema;
  const name = typeof $ref === 'string' ? $ref.split('/').pop() : undefined;
  const found = name !== undefined && isSchema(definitions) ? definitions[name] : undefined;
  return isSchema(found) ? found : schema;
}

/** The control that a field gets; a shape that no control fits is written as JSON. */
export function controlOf(field: IFormField): Control {
  const schema = schemaOf(field);
  if (optionsOf(schema) !== null) {
    return 'choice';
  }
  switch (schema.type) {
    case 'boolean':
      return field.required ? 'checkbox' : 'choice';
    case 'integer':
    case 'number':
      return 'number';
    case 'string':
      return schema.format === 'date'
        ? 'date'
        : schema.format === 'date-time'
          ? 'datetime'
          : 'text';
    case 'array':
      return !isSchema(schema.items)
        ? 'json'
        : optionsOf(schema.items) !== null
          ? 'choices'
          : isPlainText(schema.items)
            ? 'list'
            : 'json';
    default:
      return 'json';
  }
}

/** What a choice, or a list of choices, offers. */
export function choicesOf(field: IFormField): IOption[] {
  const schema = schemaOf(field);
  const items = isSchema(schema.items) ? optionsOf(schema.items) : null;
  return (
    optionsOf(schema) ?? items ?? [true, false].map(value => ({ value, text: choiceText(value) }))
  );
}

/** The choices of an `enum`, or of constants with titles; null: it is no choice. */
function optionsOf(schema: Schema): IOption[] | null {
  const { enum: values, enumNames: names, oneOf, anyOf } = schema;
  if (Array.isArray(values)) {
    return values.map((value, index) => {
      const name = Array.isArray(names) ? names[index] : undefined;
      return { value, text: typeof name === 'string' ? seen(name) : choiceText(value) };
    });
  }
  const constants = Array.isArray(oneOf) ? oneOf : anyOf;
  if (!Array.isArray(constants) || !constants.every(one => isSchema(one) && 'const' in one)) {
    return null;
  }
  return constants.filter(isSchema).map(({ const: value, title }) => ({
    value,
    text: typeof title === 'string' ? seen(title) : choiceText(value)
  }));
}

/** What a field is called: a form of a server may have a title for it. */
export function titleOf({ name, json_schema, type_text }: IFormField): string {
  const { title } = json_schema;
  return seen(typeof title === 'string' && title !== type_text ? title : name);
}

/** A choice as a person reads it. */
function choiceText(choice: JsonValue): string {
  return typeof choice === 'string'
    ? seen(choice)
    : typeof choice === 'boolean'
      ? choice
        ? 'yes'
        : 'no'
      : JSON.stringify(choice);
}

/** What a control holds before anybody touched it. */
export function initialDraft(field: IFormField): Draft {
  const value = field.json_schema.default;
  const control = controlOf(field);
  if (control === 'checkbox') {
    return value === true;
  }
  if (value === undefined || value === null) {
    return '';
  }
  switch (control) {
    case 'choice':
      return String(choicesOf(field).findIndex(choice => choice.value === value));
    case 'choices':
      return choicesOf(field)
        .flatMap((choice, index) =>
          Array.isArray(value) && value.includes(choice.value) ? [index] : []
        )
        .join('\n');
    case 'list':
      return Array.isArray(value) ? value.join('\n') : '';
    case 'json':
      return JSON.stringify(value, null, 2);
    case 'datetime':
      return localInstant(String(value));
    default:
      return String(value);
  }
}

/** Read a whole form; what the kernel checks beyond this it says in its reply. */
export function readForm(form: readonly IFormField[], drafts: FormDrafts): IAnswer {
  const answer: IAnswer = { values: {}, problems: {} };
  for (const field of form) {
    const draft = drafts[field.name] ?? initialDraft(field);
    if (typeof draft === 'string' && draft.trim() === '') {
      if (field.required && !mayBeEmpty(field)) {
        answer.problems[field.name] = 'This is required.';
      } else if (field.required) {
        answer.values[field.name] = [];
      }
      continue;
    }
    const read = readField(field, draft);
    if ('problem' in read) {
      answer.problems[field.name] = read.problem;
    } else {
      answer.values[field.name] = read.value;
    }
  }
  return answer;
}

type Read = { value: JsonValue } | { problem: string };

function readField(field: IFormField, draft: Draft): Read {
  if (typeof draft === 'boolean') {
    return { value: draft };
  }
  const schema = schemaOf(field);
  switch (controlOf(field)) {
    case 'number':
      return readNumber(schema, draft);
    case 'choice':
      return { value: choicesOf(field)[Number(draft)].value };
    case 'choices':
      return { value: draft.split('\n').map(index => choicesOf(field)[Number(index)].value) };
    case 'list':
      return {
        value: draft
          .split('\n')
          .map(line => line.trim())
          .filter(line => line !== '')
      };
    case 'datetime':
      return readInstant(draft);
    case 'json':
      return readJson(schema, field.type_text, draft);
    default:
      return readText(schema, draft);
  }
}

function readNumber(schema: Schema, draft: string): Read {
  const text = draft.trim();
  const value = Number(text);
  if (!/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) || !Number.isFinite(value)) {
    return { problem: 'Expected a number, such as 12 or 0.5.' };
  }
  if (schema.type === 'integer' && !Number.isSafeInteger(value)) {
    return { problem: 'Expected a whole number.' };
  }
  const { minimum, maximum } = schema;
  if (typeof minimum === 'number' && value < minimum) {
    return { problem: `Expected at least ${minimum}.` };
  }
  if (typeof maximum === 'number' && value > maximum) {
    return { problem: `Expected at most ${maximum}.` };
  }
  return { value };
}

function readText(schema: Schema, draft: string): Read {
  const { minLength, maxLength } = schema;
  const length = [...draft].length;
  if (typeof minLength === 'number' && length < minLength) {
    return { problem: `Expected at least ${minLength} characters, found ${length}.` };
  }
  if (typeof maxLength === 'number' && length > maxLength) {
    return { problem: `Expected at most ${maxLength} characters, found ${length}.` };
  }
  return { value: draft };
}

function readInstant(draft: string): Read {
  const at = new Date(draft);
  return Number.isNaN(at.getTime())
    ? { problem: 'Expected a date and a time.' }
    : { value: at.toISOString() };
}

function readJson(schema: Schema, typeText: string, draft: string): Read {
  const free = schema.type === undefined;
  let value: JsonValue;
  try {
    value = JSON.parse(draft) as JsonValue;
  } catch {
    return free && !/^\s*[[{"]/.test(draft)
      ? { value: draft }
      : { problem: `This is not JSON yet; expected ${typeText}.` };
  }
  const found = Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value;
  if (free || found === schema.type) {
    return { value };
  }
  return { problem: `Expected ${typeText}, found ${found === 'array' ? 'a list' : found}.` };
}

/** A list that nobody wrote into is an empty list. */
function mayBeEmpty(field: IFormField): boolean {
  const control = controlOf(field);
  return (control === 'list' || control === 'choices') && !schemaOf(field).minItems;
}

function isPlainText(schema: Schema): boolean {
  return schema.type === 'string' && schema.enum === undefined && schema.format === undefined;
}

function isSchema(value: JsonValue | undefined): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An instant as a control of the browser holds it: local time without a zone. */
function localInstant(instant: string): string {
  const at = new Date(instant);
  if (Number.isNaN(at.getTime())) {
    return '';
  }
  const local = new Date(at.getTime() - at.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
}
