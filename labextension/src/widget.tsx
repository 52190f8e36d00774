/** The host of the view in any Jupyter front end that can show an anywidget. */

import { render } from 'preact';

import { IAction, LiveSource } from './source';
import { RunView } from './view/run';
import styles from '../lib/view.css';

interface IModel {
  get(name: 'picture'): unknown;
  on(name: string, listener: (message: unknown) => void): void;
  off(name: string, listener: (message: unknown) => void): void;
  send(content: IAction): void;
}

const STYLE_ID = 'mn-notebook-style';

function addStyles(root: Node): void {
  const shadow = root instanceof ShadowRoot ? root : document.head;
  if (shadow.querySelector(`#${STYLE_ID}`) === null) {
    const style = document.createElement('style');
    style.id = STYLE_ID;
    style.textContent = styles;
    shadow.append(style);
  }
}

export default {
  render({ model, el }: { model: IModel; el: HTMLElement }): () => void {
    const source = new LiveSource();
    const changed = (): void => source.show(model.get('picture'));
    const told = (message: unknown): void => source.receive(message);
    changed();
    source.connect(action => model.send(action));
    model.on('change:picture', changed);
    model.on('msg:custom', told);
    addStyles(el.getRootNode());
    render(<RunView source={source} />, el);
    return () => {
      model.off('change:picture', changed);
      model.off('msg:custom', told);
      source.disconnect();
      render(null, el);
    };
  }
};
