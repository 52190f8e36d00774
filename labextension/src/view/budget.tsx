/** A budget that is used up: how much of how much, what waits, and how much may be given. */

import type { JSX } from 'preact';

import { Line } from './fields';
import type { IBudgetQuestion } from './picture';

/** How far along a bar its three marks are, from 0 to 100: counted, the limit, and what is wanted. */
export function barOf(budget: IBudgetQuestion): { used: number; limit: number; wanted: number } {
  const [counted, limit, wanted] = [budget.counted, budget.limit, budget.wanted].map(Number);
  const whole = Math.max(counted + wanted, limit) || 1;
  return {
    used: (100 * counted) / whole,
    limit: (100 * limit) / whole,
    wanted: (100 * wanted) / whole
  };
}

/** The facts of the question, with the field that says how much is given. */
export function BudgetFacts(props: {
  budget: IBudgetQuestion;
  /** What is given, as it is typed. */
  given: string;
  disabled: boolean;
  onGive(text: string): void;
}): JSX.Element {
  const { budget, given } = props;
  const bar = barOf(budget);
  const used = `${budget.used} ${budget.how}`;
  return (
    <>
      <Line name="used">
        <div
          class="mn-used"
          role="meter"
          aria-label={`used of ${budget.whose}`}
          aria-valuemin={0}
          aria-valuemax={Number(budget.limit)}
          aria-valuenow={Number(budget.counted)}
          aria-valuetext={used}
        >
          <i style={{ width: `${bar.used}%` }} />
          <i class="mn-wanted" style={{ width: `${bar.wanted}%` }} />
          <b style={{ left: `${bar.limit}%` }} />
        </div>
        {used}
        {budget.wanted_text && <span class="mn-mut">; {budget.wanted_text}</span>}
      </Line>
      {budget.spent_on && <Line name="spent on">{budget.spent_on}</Line>}
      {budget.left && <Line name="left to do">{budget.left}</Line>}
      {budget.model && <Line name="model">{budget.model}</Line>}
      {budget.word !== 'unknown_price' && (
        <Line name="give">
          <label class="mn-give">
            {budget.word === 'usd' && '$'}
            <input
              class="mn-input"
              type="text"
              inputMode={budget.word === 'time' ? 'text' : 'decimal'}
              autocomplete="off"
              aria-label={`give: ${budget.unit}`}
              disabled={props.disabled}
              value={given}
              onInput={event => props.onGive(event.currentTarget.value)}
            />{' '}
            {budget.unit}
          </label>
        </Line>
      )}
    </>
  );
}
