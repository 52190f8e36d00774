/** What a model is writing at a step, while it writes. */

import type { JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

import type { IRunSource } from '../source';
import { formatCount } from './format';
import { useText } from './hooks';
import type { INode } from './picture';

/** The end of the text, in a frame that does not grow; gone with the step's work. */
export function Stream({ node, source }: { node: INode; source: IRunSource }): JSX.Element | null {
  const text = useText(source, node.path);
  const frame = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (frame.current) {
      frame.current.scrollTop = frame.current.scrollHeight;
    }
  }, [text]);
  if (text === null) {
    return null;
  }
  const before = text.length - text.tail.length;
  return (
    <>
      <h3>
        Being written
        <span class="mn-aside">
          {text.path !== node.path && ` · ${text.path}`} · {formatCount(text.length)} characters
        </span>
      </h3>
      <div class="mn-pre mn-stream" ref={frame} tabIndex={0} aria-label="Text being written">
        {before > 0 && '…'}
        {text.tail}
      </div>
    </>
  );
}
