/** One field of a form: its name, its type, its control, and what is wrong with it. */

import type { JSX } from 'preact';

import { rowsOf } from './fields';
import { seen } from './format';
import { Draft, choicesOf, controlOf, schemaOf, titleOf } from './forms';
import type { IFormField } from './picture';

const FEW = 5;

interface IControlProps {
  field: IFormField;
  id: string;
  draft: Draft;
  problem: string | undefined;
  disabled: boolean;
  onDraft(draft: Draft): void;
  onLeave(): void;
}

/** The field; its fault is announced, and is where the control says that it is described. */
export function FormField(props: IControlProps): JSX.Element {
  const { field, id, problem } = props;
  const { description } = field.json_schema;
  const group = isGroup(field);
  const Name = group ? 'span' : 'label';
  return (
    <div
      class="mn-line mn-form-line"
      {...(group && {
        role: controlOf(field) === 'choices' ? 'group' : 'radiogroup',
        'aria-labelledby': `${id}-name`
      })}
    >
      <div class="mn-line-name">
        <Name id={`${id}-name`} {...(!group && { for: id })}>
          {titleOf(field)}
        </Name>
        {isStarred(field) && (
          <span class="mn-required" title="required" aria-hidden="true">
            {' *'}
          </span>
        )}
        <small id={`${id}-type`}>{!group && typeOf(field)}</small>
      </div>
      <div class="mn-line-value">
        {typeof description === 'string' && <div class="mn-mut">{seen(description)}</div>}
        <Control {...props} />
        <div class="mn-said mn-t-bad" id={`${id}-problem`} role="alert">
          {problem}
        </div>
      </div>
    </div>
  );
}

/** Whether a field must be filled in; a box that is not ticked says no, too. */
export function isStarred(field: IFormField): boolean {
  return field.required && controlOf(field) !== 'checkbox';
}

/** `list[str]?` → `list[str], optional`: nobody who fills in a form has to know the notation. */
export function typeOf({ type_text, required }: IFormField): string {
  const optional = !required && type_text.endsWith('?');
  return optional ? `${type_text.slice(0, -1)}, optional` : type_text;
}

function isGroup(field: IFormField): boolean {
  const control = controlOf(field);
  return control === 'choices' || (control === 'choice' && choicesOf(field).length <= FEW);
}

function Control(props: IControlProps): JSX.Element {
  const { field, id, draft, disabled, onDraft, onLeave } = props;
  const control = controlOf(field);
  const common: ICommon = {
    id,
    disabled,
    class: 'mn-input',
    'aria-invalid': props.problem !== undefined,
    'aria-describedby': `${id}-type ${id}-problem`,
    'aria-required': field.required,
    onBlur: onLeave
  };
  switch (control) {
    case 'choice':
    case 'choices':
      return isGroup(field) ? <Options {...props} /> : <Select {...props} common={common} />;
    case 'checkbox':
      return (
        <input
          {...common}
          class="mn-check"
          type="checkbox"
          checked={draft === true}
          onChange={event => onDraft(event.currentTarget.checked)}
        />
      );
    case 'text':
    case 'list':
    case 'json':
      return <Text {...props} common={common} />;
    default:
      return (
        <input
          {...common}
          type={control === 'number' ? 'text' : control === 'date' ? 'date' : 'datetime-local'}
          inputMode={control === 'number' ? 'decimal' : undefined}
          autocomplete="off"
          value={String(draft)}
          onInput={event => onDraft(event.currentTarget.value)}
        />
      );
  }
}

interface ICommon {
  id: string;
  disabled: boolean;
  class: string;
  'aria-invalid': boolean;
  'aria-describedby': string;
  'aria-required': boolean;
  onBlur(): void;
}

/** A text of one line is sent by Enter, as everywhere; Shift+Enter makes it one of several. */
function Text(props: IControlProps & { common: ICommon }): JSX.Element {
  const { field, draft, common, onDraft } = props;
  const control = controlOf(field);
  const { maxLength } = schemaOf(field);
  const long = control !== 'text' || (typeof maxLength === 'number' && maxLength > 200);
  const text = String(draft);
  const hints = { list: 'one in each line', json: `JSON: ${field.type_text}`, text: '' };
  return (
    <textarea
      {...common}
      class={`mn-input ${control === 'json' ? 'mn-code' : ''}`}
      rows={Math.max(long ? 2 : 1, rowsOf(text))}
      placeholder={hints[control as keyof typeof hints]}
      spellcheck={control === 'text'}
      value={text}
      onInput={event => onDraft(event.currentTarget.value)}
      onKeyDown={event => {
        const plain = !event.shiftKey && !event.isComposing;
        if (event.key === 'Enter' && plain && !long && !text.includes('\n')) {
          event.preventDefault();
          event.stopPropagation();
          event.currentTarget.form?.requestSubmit();
        }
      }}
    />
  );
}

function Select(props: IControlProps & { common: ICommon }): JSX.Element {
  const { field, draft, common, onDraft } = props;
  return (
    <select
      {...common}
      value={String(draft)}
      onChange={event => onDraft(event.currentTarget.value)}
    >
      <option value="">{field.required ? 'choose…' : '—'}</option>
      {choicesOf(field).map((choice, index) => (
        <option key={index} value={String(index)}>
          {choice.text}
        </option>
      ))}
    </select>
  );
}

/** One of few, or some of them. */
function Options(props: IControlProps): JSX.Element {
  const { field, id, draft, disabled, onDraft } = props;
  const several = controlOf(field) === 'choices';
  const choices: [string, string][] = choicesOf(field).map((choice, index) => [
    String(index),
    choice.text
  ]);
  if (!field.required && !several) {
    choices.push(['', 'no answer']);
  }
  const ticked = String(draft).split('\n').filter(Boolean);
  const toggled = (value: string): string =>
    choices
      .map(([one]) => one)
      .filter(one => ticked.includes(one) !== (one === value))
      .join('\n');
  return (
    <div class="mn-radios">
      {choices.map(([value, text], index) => (
        <label key={value}>
          <input
            type={several ? 'checkbox' : 'radio'}
            name={id}
            disabled={disabled}
            aria-invalid={index === 0 && props.problem !== undefined}
            aria-describedby={`${id}-problem`}
            checked={several ? ticked.includes(value) : draft === value}
            onChange={() => onDraft(several ? toggled(value) : value)}
          />
          {text}
        </label>
      ))}
    </div>
  );
}
