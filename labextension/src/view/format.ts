/** Values of a picture as short texts. */

import type { Decimal, IItems, INode, JsonValue } from './picture';

const grouped = new Intl.NumberFormat('en-US');

/** `3912` → `3,912`. */
export function formatCount(count: number): string {
  return grouped.format(count);
}

/** `1` → `1 step`, `3` → `3 steps`. */
export function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** Dollars with as many digits as the amount needs: `$12.30`, `$0.0712`, `$0.000031`. */
export function formatMoney(amount: Decimal): string {
  const value = Number(amount);
  if (!Number.isFinite(value)) {
    return amount;
  }
  const size = Math.abs(value);
  let digits = 2;
  if (size > 0 && size < 1) {
    digits = size < 0.001 ? Math.min(8, 1 - Math.floor(Math.log10(size))) : 4;
  }
  const [whole, fraction = ''] = size.toFixed(digits).split('.');
  const kept = fraction.slice(0, 2) + fraction.slice(2).replace(/0+$/, '');
  return `${value < 0 ? '−' : ''}$${grouped.format(Number(whole))}.${kept}`;
}

/** `41.23` → `41.2 s`, `188` → `3 min 8 s`, `165600` → `1 d 22 h`. */
export function formatSeconds(seconds: number): string {
  const span = Math.max(0, seconds);
  if (span < 1) {
    return span > 0 ? `${Math.max(1, Math.round(span * 1000))} ms` : '0 s';
  }
  if (span < 59.95) {
    return `${span.toFixed(1)} s`;
  }
  const units: [string, number][] = [
    ['d', 86400],
    ['h', 3600],
    ['min', 60],
    ['s', 1]
  ];
  const whole = Math.round(span);
  const first = units.findIndex(([, size]) => whole >= size);
  const [name, size] = units[first];
  const count = Math.floor(whole / size);
  if (first + 1 === units.length) {
    return `${count} ${name}`;
  }
  const [smallName, smallSize] = units[first + 1];
  const rest = Math.floor((whole - count * size) / smallSize);
  return rest > 0 ? `${count} ${name} ${rest} ${smallName}` : `${count} ${name}`;
}

/** The clock time of an instant, with its day when that is not today. */
export function formatInstant(instant: string, now: Date = new Date()): string {
  const at = new Date(instant);
  if (Number.isNaN(at.getTime())) {
    return instant;
  }
  const clock = at.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  if (at.toDateString() === now.toDateString()) {
    return clock;
  }
  return `${at.toLocaleDateString([], { day: 'numeric', month: 'short', year: 'numeric' })}, ${clock}`;
}

/** When an approval runs out, in words. */
export function formatExpiry(expiresAt: string, then: string | null, now: number): string {
  const left = (new Date(expiresAt).getTime() - now) / 1000;
  const after = then ? `, then: ${then}` : '';
  return left > 0 ? `expires in ${formatCountdown(left)}${after}` : `expired${after}`;
}

/** A length of time that runs down: whole seconds, so that a line does not grow and shrink. */
export function formatCountdown(seconds: number): string {
  const left = Math.max(0, Math.ceil(seconds));
  return left < 60 ? `${left} s` : formatSeconds(left);
}

/** What the static displays show as its code, too: `words.plain` in Python has the same list. */
const UNSHOWN =
  // eslint-disable-next-line no-control-regex
  /[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

function codeOf(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/**
 * A text of any origin with nothing hidden: what cannot be seen, or turns the direction of what
 * is around it, is shown as its code. Inside JSON text the code means the same as the character.
 */
export function seen(text: string): string {
  return text.replace(/\r\n/g, '\n').replace(UNSHOWN, codeOf);
}

/** The codes of what `text` holds and nobody can see; empty where there is nothing of that. */
export function unseen(text: string): string {
  const found = text.replace(/\r\n/g, '\n').match(UNSHOWN) ?? [];
  return [...new Set(found.map(codeOf))].join(' ');
}

const ONE_LINE = 72;

/** A JSON value as a person reads it: text as it is, the rest as JSON, indented when it is long. */
export function asText(value: JsonValue): string {
  if (value === null || value === undefined) {
    return '';
  }
  if (typeof value === 'string') {
    return value;
  }
  const indented = JSON.stringify(value, null, 2);
  const line = indented.replace(/\n\s*/g, ' ');
  return seen(line.length <= ONE_LINE ? line : indented);
}

/** `2 of 3`, and what is wrong or under way with the rest. */
export function formatItems(items: IItems): string {
  const parts = [`${formatCount(items.succeeded)} of ${formatCount(items.total)}`];
  if (items.failed > 0) {
    parts.push(`${formatCount(items.failed)} failed`);
  }
  if (items.skipped > 0) {
    parts.push(`${formatCount(items.skipped)} skipped`);
  }
  return parts.join(' · ');
}

/** `iteration 2 of at most 4`; empty for a step that is done once. */
export function formatIteration({ iteration, at_most }: INode): string {
  if (iteration <= 1 && at_most === null) {
    return '';
  }
  return `iteration ${iteration}${at_most === null ? '' : ` of at most ${at_most}`}`;
}

/** The beginning of a run's id, which will do wherever a run is named. */
export function shortId(runId: string): string {
  return runId.slice(0, 4);
}

/** What a step tells a screen reader. */
export function describeStep(node: INode): string {
  const parts = [node.name, node.kind, node.status.replace('_', ' ')];
  if (node.items) {
    parts.push(`${formatItems(node.items)} items`);
  } else if (node.detail) {
    parts.push(node.detail);
  }
  parts.push(formatIteration(node));
  if (node.calls_workflow) {
    parts.push(`runs workflow ${node.calls_workflow}`);
  }
  if (node.reused) {
    parts.push('taken over, unpaid');
  }
  if (node.stand_in) {
    parts.push(`${node.stand_in} stands in`);
  }
  if (node.error) {
    parts.push(shorten(node.error, 300));
  }
  return parts.filter(part => part !== '').join(', ');
}

/** `text`, or its beginning and an ellipsis when it is longer than `max`. */
export function shorten(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, Math.max(1, max - 1)).trimEnd()}…`;
}

/** How much of the budget is spent, from 0 to 1; null when either is unknown. */
export function budgetShare(cost: Decimal, budget: Decimal | null): number | null {
  const limit = Number(budget);
  if (budget === null || !(limit > 0)) {
    return null;
  }
  return Math.min(1, Math.max(0, Number(cost) / limit));
}
