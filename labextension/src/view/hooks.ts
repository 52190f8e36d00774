/** What several views need of the page: its picture, its width and its clock. */

import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

import type { IAction, IReply, IRunSource, IText } from '../source';
import { requestId } from '../source';

/** Draw again whenever the source has something new. */
export function useSource(source: IRunSource): void {
  const [, draw] = useState(0);
  useEffect(() => {
    const again = (): void => draw(count => count + 1);
    again();
    return source.subscribe(again);
  }, [source]);
}

/** The width of an element, in CSS pixels. */
export function useWidth(ref: RefObject<HTMLElement>): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) {
      return undefined;
    }
    setWidth(element.clientWidth);
    if (typeof ResizeObserver === 'undefined') {
      return undefined;
    }
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, [ref]);
  return width;
}

/** The time now in milliseconds, renewed every `period` milliseconds while `ticking`. */
export function useNow(ticking: boolean, period = 1000): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!ticking) {
      return undefined;
    }
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), period);
    return () => clearInterval(timer);
  }, [ticking, period]);
  return ticking ? now : Date.now();
}

/** Whether the person asked for less motion; a number that changes every second is motion. */
export function wantsStillness(): boolean {
  return window.matchMedia?.('(prefers-reduced-motion: reduce)').matches ?? false;
}

/** What is being written at a step; only who calls this is drawn again for each piece of it. */
export function useText(source: IRunSource, path: string): IText | null {
  const [text, setText] = useState<IText | null>(() => source.text(path));
  useEffect(() => {
    const look = (): void => setText(source.text(path));
    look();
    return source.watch(look);
  }, [source, path]);
  return text;
}

const SCROLLERS = '.mn-rows, .mn-text, .mn-evidence, .mn-pre, .mn-plan, .mn-card-head > div';

/** What has places for the keys of its own. */
const LISTS = '.mn-steps';

/** Let whoever uses keys get to what has to be scrolled to be seen, and to nothing else. */
export function useScrollers(ref: RefObject<HTMLElement>): void {
  useLayoutEffect(() => {
    for (const element of ref.current?.querySelectorAll<HTMLElement>(SCROLLERS) ?? []) {
      if (scrolls(element)) {
        element.tabIndex = 0;
      } else {
        element.removeAttribute('tabindex');
      }
    }
    for (const element of ref.current?.querySelectorAll<HTMLElement>(`${SCROLLERS}, ${LISTS}`) ??
      []) {
      element.classList.toggle('mn-scrolls', scrolls(element));
    }
  });
}

function scrolls({ scrollHeight, clientHeight }: HTMLElement): boolean {
  return scrollHeight > clientHeight + 1;
}

/** Keep the end of a list in sight while it grows, unless somebody has scrolled away from it. */
export function useTail(growing: boolean): RefObject<HTMLDivElement> {
  const list = useRef<HTMLDivElement>(null);
  const left = useRef(0);
  useLayoutEffect(() => {
    const element = list.current;
    if (!element || !growing) {
      return;
    }
    // Where it was left by this hook, or at its end, nobody has scrolled away since.
    const { scrollTop, scrollHeight, clientHeight } = element;
    if (Math.abs(scrollTop - left.current) < 2 || scrollTop + clientHeight > scrollHeight - 2) {
      element.scrollTop = scrollHeight;
      left.current = element.scrollTop;
    }
  });
  return list;
}

/**
 * Let Enter break lines in text areas.
 *
 * JupyterLab prevents that wherever it happens inside a cell, for the sake of Shift+Enter, by a
 * listener on the text area itself: so the event must not get there.
 */
export function useLineBreaks(ref: RefObject<HTMLElement>): void {
  useEffect(() => {
    const keep = (event: InputEvent): void => {
      if (event.inputType === 'insertLineBreak') {
        event.stopPropagation();
      }
    };
    const element = ref.current;
    element?.addEventListener('beforeinput', keep, true);
    return () => element?.removeEventListener('beforeinput', keep, true);
  }, [ref]);
}

export interface IRequest {
  /** Whether an answer is outstanding. */
  sent: boolean;
  /** Whether the answer is late, as it is while a cell runs in some kernels. */
  late: boolean;
  reply: IReply | null;
  send(action: Omit<IAction, 'id'>): void;
}

/** Send actions one at a time, and keep the last reply. */
export function useRequest(source: IRunSource): IRequest {
  const [sent, setSent] = useState(false);
  const [late, setLate] = useState(false);
  const [reply, setReply] = useState<IReply | null>(null);
  useEffect(() => {
    setLate(false);
    if (!sent) {
      return undefined;
    }
    const timer = setTimeout(() => setLate(true), 2500);
    return () => clearTimeout(timer);
  }, [sent]);
  const send = (action: Omit<IAction, 'id'>): void => {
    setSent(true);
    setReply(null);
    void source.act({ ...action, id: requestId() }).then(answer => {
      setReply(answer);
      setSent(false);
    });
  };
  return { sent, late, reply, send };
}
