/** What a person changed in the fields of an approval. */

import { asText } from './format';
import type { IField, JsonValue } from './picture';

/** What stands in the text areas, by the path of the field. */
export type Drafts = { [path: string]: string };

export interface IEdits {
  /** The new values of the fields that differ. */
  values: { [path: string]: JsonValue };
  /** Why a draft cannot be taken, by the path of its field. */
  problems: { [path: string]: string };
}

export interface IPiece {
  kind: 'same' | 'removed' | 'added';
  text: string;
}

const MAX_WORDS = 1000;

/** Compare the drafts with what was proposed; a field that is no text must stay valid JSON. */
export function readEdits(fields: readonly IField[], drafts: Drafts): IEdits {
  const edits: IEdits = { values: {}, problems: {} };
  for (const field of fields) {
    const draft = drafts[field.path];
    if (!field.editable || draft === undefined || draft === asText(field.value)) {
      continue;
    }
    if (typeof field.value === 'string' || field.value === null) {
      edits.values[field.path] = draft;
      continue;
    }
    try {
      const value = JSON.parse(draft) as JsonValue;
      if (JSON.stringify(value) !== JSON.stringify(field.value)) {
        edits.values[field.path] = value;
      }
    } catch {
      edits.problems[field.path] = 'This is not JSON yet; the proposed value was.';
    }
  }
  return edits;
}

/** A draft as its value is written when it is proposed: spaces between the parts of JSON are no edit. */
export function asProposed(field: IField, draft: string): string {
  if (typeof field.value === 'string') {
    return draft;
  }
  try {
    return asText(JSON.parse(draft) as JsonValue);
  } catch {
    return draft;
  }
}

/** What was typed as a result: JSON when it is JSON, otherwise the text itself. */
export function readResult(text: string): JsonValue {
  if (text.trim() === '') {
    return null;
  }
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
}

/** Which words of `before` went and which came in `after`; null when the texts are too long. */
export function diffWords(before: string, after: string): IPiece[] | null {
  const left = words(before);
  const right = words(after);
  let head = 0;
  while (head < left.length && head < right.length && left[head] === right[head]) {
    head++;
  }
  let tail = 0;
  while (
    tail < left.length - head &&
    tail < right.length - head &&
    left[left.length - 1 - tail] === right[right.length - 1 - tail]
  ) {
    tail++;
  }
  const middle = longestCommon(
    left.slice(head, left.length - tail),
    right.slice(head, right.length - tail)
  );
  if (middle === null) {
    return null;
  }
  return joined([
    { kind: 'same', text: left.slice(0, head).join('') },
    ...middle,
    { kind: 'same', text: left.slice(left.length - tail).join('') }
  ]);
}

/** The unchanged stretches of a diff cut to the few words around a change. */
export function aroundChanges(pieces: IPiece[], context = 24): IPiece[] {
  return pieces.map((piece, index) => {
    if (piece.kind !== 'same') {
      return piece;
    }
    const first = index === 0;
    const last = index === pieces.length - 1;
    const room = first || last ? context : 2 * context;
    if (piece.text.length <= room + 1) {
      return piece;
    }
    const start = first ? '' : piece.text.slice(0, context);
    const end = last ? '' : piece.text.slice(-context);
    return { kind: 'same', text: `${start}…${end}` };
  });
}

/** Words; brackets, quotes and commas stand alone, so that a list is compared entry by entry. */
function words(text: string): string[] {
  return text.match(/\s+|(?:[^\s[\](){}",;]|,(?=\d))+|[[\](){}",;]/g) ?? [];
}

function longestCommon(left: string[], right: string[]): IPiece[] | null {
  if (left.length > MAX_WORDS || right.length > MAX_WORDS) {
    return null;
  }
  const rows = left.length + 1;
  const columns = right.length + 1;
  const lengths = new Uint16Array(rows * columns);
  for (let i = left.length - 1; i >= 0; i--) {
    for (let j = right.length - 1; j >= 0; j--) {
      lengths[i * columns + j] =
        left[i] === right[j]
          ? lengths[(i + 1) * columns + j + 1] + 1
          : Math.max(lengths[(i + 1) * columns + j], lengths[i * columns + j + 1]);
    }
  }
  const pieces: IPiece[] = [];
  let i = 0;
  let j = 0;
  while (i < left.length || j < right.length) {
    if (i < left.length && j < right.length && left[i] === right[j]) {
      pieces.push({ kind: 'same', text: left[i] });
      i++;
      j++;
    } else if (
      i < left.length &&
      (j === right.length || lengths[(i + 1) * columns + j] >= lengths[i * columns + j + 1])
    ) {
      pieces.push({ kind: 'removed', text: left[i++] });
    } else {
      pieces.push({ kind: 'added', text: right[j++] });
    }
  }
  return pieces;
}

function joined(pieces: IPiece[]): IPiece[] {
  const result: IPiece[] = [];
  for (const piece of pieces) {
    const last = result[result.length - 1];
    if (last && last.kind === piece.kind) {
      last.text += piece.text;
    } else if (piece.text !== '') {
      result.push({ ...piece });
    }
  }
  return result;
}
