/** The graph of the steps; where things stand was computed by whoever made the picture. */

import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

import { describeStep, formatItems, formatMoney, shorten } from './format';
import { fitScale, roundedPath } from './geometry';
import type { IEdge, INode, IRunPicture } from './picture';
import { StatusIcon, toneOf } from './status';

const MARGIN = 8;
const NAME_PX = 7.8;
const SMALL_PX = 6.1;

interface ISelection {
  selected: string | null;
  onSelect(name: string): void;
}

/** The graph, no smaller than can be read; what does not fit is scrolled to. */
export function Graph({
  run,
  room,
  home,
  selected,
  onSelect
}: ISelection & { run: IRunPicture; room: number; home: string | null }): JSX.Element {
  const frame = useRef<HTMLDivElement>(null);
  const scrolledTo = useRef('');
  const boxes = useRef(new Map<string, SVGGElement>());
  const width = run.width + 2 * MARGIN;
  const height = run.height + 2 * MARGIN;
  const scale = fitScale(width, room);
  const byName = new Map(run.nodes.map(node => [node.name, node]));
  const focusable = run.nodes.some(node => node.name === selected)
    ? selected
    : (run.nodes[0]?.name ?? null);

  useEffect(() => {
    const node = byName.get(selected ?? home ?? '');
    if (frame.current && node && room > 0 && scrolledTo.current !== run.run_id) {
      scrolledTo.current = run.run_id;
      const { clientWidth, clientHeight } = frame.current;
      frame.current.scrollLeft = (node.x + node.width / 2 + MARGIN) * scale - clientWidth / 2;
      frame.current.scrollTop = (node.y + node.height / 2 + MARGIN) * scale - clientHeight / 2;
    }
    // Once for a run: later the person scrolls.
  });

  const go = (index: number): void => {
    const node = run.nodes[Math.min(run.nodes.length - 1, Math.max(0, index))];
    onSelect(node.name);
    boxes.current.get(node.name)?.focus();
  };
  const onKeyDown = (event: KeyboardEvent, index: number): void => {
    const steps: { [key: string]: () => void } = {
      ArrowRight: () => go(index + 1),
      ArrowDown: () => go(index + 1),
      ArrowLeft: () => go(index - 1),
      ArrowUp: () => go(index - 1),
      Home: () => go(0),
      End: () => go(run.nodes.length - 1),
      Enter: () => go(index),
      ' ': () => go(index)
    };
    if (steps[event.key]) {
      steps[event.key]();
      event.preventDefault();
      event.stopPropagation();
    }
  };

  return (
    <div class="mn-graph" ref={frame} data-lm-suppress-shortcuts="true">
      <svg
        viewBox={`${-MARGIN} ${-MARGIN} ${width} ${height}`}
        width={width * scale}
        height={height * scale}
        role="listbox"
        aria-label="Steps"
      >
        {run.edges.map(edge => (
          <Edge key={`${edge.source}>${edge.target}`} edge={edge} byName={byName} />
        ))}
        {run.nodes.map((node, index) => (
          <g
            key={node.name}
            ref={element => {
              if (element) {
                boxes.current.set(node.name, element);
              } else {
                boxes.current.delete(node.name);
              }
            }}
            class={`mn-node ${toneOf(node.status)} ${node.name === selected ? 'mn-selected' : ''}`}
            transform={`translate(${node.x} ${node.y})`}
            role="option"
            tabindex={node.name === focusable ? 0 : -1}
            aria-selected={node.name === selected}
            aria-label={describeStep(node)}
            data-status={node.status}
            onClick={() => go(index)}
            onKeyDown={event => onKeyDown(event, index)}
          >
            <Box node={node} />
          </g>
        ))}
      </svg>
    </div>
  );
}

function Edge({ edge, byName }: { edge: IEdge; byName: Map<string, INode> }): JSX.Element {
  const target = byName.get(edge.target);
  const begun = target && target.attempts > 0 && !/pending|skipped/.test(target.status);
  const tone = begun ? (target.status === 'waiting' ? 'waiting' : 'succeeded') : 'pending';
  return <path class={`mn-edge ${toneOf(tone)}`} d={roundedPath(edge.points)} />;
}

function Box({ node }: { node: INode }): JSX.Element {
  const { width, height, items } = node;
  const cost = node.cost_usd !== null && width >= 110 ? formatMoney(node.cost_usd) : '';
  const detail = node.detail || (items ? formatItems(items) : node.kind);
  const room = (width - 22) / SMALL_PX - (cost ? cost.length + 1 : 0);
  const middle = height / 2;
  return (
    <>
      <title>{`${node.name} · ${node.status.replace('_', ' ')}${node.detail ? ` · ${node.detail}` : ''}`}</title>
      {items && <rect class="mn-behind" x={4} y={-4} width={width} height={height} rx={6} />}
      <rect class="mn-box" width={width} height={height} rx={6} />
      <text class="mn-label" x={11} y={middle - 4}>
        {shorten(node.name, (width - 40) / NAME_PX)}
      </text>
      <text class="mn-small" x={11} y={middle + 14}>
        {shorten(detail, room)}
      </text>
      {cost && (
        <text class="mn-small mn-right" x={width - 10} y={middle + 14}>
          {cost}
        </text>
      )}
      <StatusIcon status={node.status} x={width - 22} y={middle - 16} size={13} />
      {items && items.total > 0 && (
        <g transform={`translate(6 ${height - 4})`}>
          <rect
            class="mn-part mn-t-ok"
            width={((width - 12) * items.succeeded) / items.total}
            height={2}
          />
          <rect
            class="mn-part mn-t-bad"
            x={((width - 12) * items.succeeded) / items.total}
            width={((width - 12) * items.failed) / items.total}
            height={2}
          />
        </g>
      )}
    </>
  );
}
