/** Run data as text: every value here becomes a text node, never markup. */

import type { JSX } from 'preact';

import { asText, seen } from './format';
import type { JsonValue } from './picture';
import type { IRequest } from './hooks';
import { toneOf } from './status';

/** A sentence in which `backticks` mark commands. */
export function Sentence({ text }: { text: string }): JSX.Element {
  return (
    <>
      {seen(text)
        .split('`')
        .map((part, index) => (index % 2 ? <code key={index}>{part}</code> : part))}
    </>
  );
}

/** A JSON value: named values one below the other, anything deeper as indented JSON. */
export function Value({ value }: { value: JsonValue }): JSX.Element {
  if (!isShallow(value)) {
    return <div class="mn-pre">{seen(asText(value))}</div>;
  }
  return (
    <div class="mn-pre mn-values">
      {Object.entries(value).map(([name, one]) => (
        <div key={name}>
          <span>{seen(name)}</span>
          <div>{seen(asText(one)) || '—'}</div>
        </div>
      ))}
    </div>
  );
}

/** What became of a request, close to where it was made. */
export function Outcome({ request }: { request: IRequest }): JSX.Element {
  const { sent, late, reply } = request;
  return (
    <div class="mn-outcome" role="status">
      {sent && (
        <span class="mn-mut">
          {late ? 'Sent, not answered yet: the kernel is busy, or gone.' : 'Sending…'}
        </span>
      )}
      {reply && (
        <span class={`mn-said ${toneOf(reply.ok ? 'succeeded' : 'failed')}`}>
          <Sentence text={reply.message} />
        </span>
      )}
    </div>
  );
}

/** A line that is meant to be copied. */
export function Command({ text }: { text: string }): JSX.Element {
  return <code class="mn-cmd">{text}</code>;
}

function isShallow(value: JsonValue): value is { [key: string]: JsonValue } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return false;
  }
  const values = Object.values(value);
  return (
    values.length > 0 &&
    values.length <= 16 &&
    values.every(one => typeof one !== 'object' || one === null)
  );
}
