/** One dialog for questions: whether, what name, which one. */

import { byId, element } from '../elements.js';

/**
 * @typedef {object} Question
 * @property {string} title
 * @property {string} text
 * @property {string} yes what happens then, as a verb
 * @property {boolean} [grave] something is lost
 * @property {{ label: string, value: string }} [name] asks for a text
 * @property {{ label: string, options: { value: string, text: string }[] }} [choice] asks for one of these
 */

export class Asker {
  #dialog = byId('ask', HTMLDialogElement);
  #yes = byId('ask-yes', HTMLButtonElement);
  #field = byId('ask-field', HTMLLabelElement);
  #problem = byId('ask-problem', HTMLParagraphElement);
  /** @type {(answer: string) => Promise<void>} */
  #then = () => Promise.resolve();

  constructor() {
    byId('ask-no', HTMLButtonElement).addEventListener('click', () => this.#dialog.close());
    this.#dialog.querySelector('form')?.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#answer();
    });
  }

  /**
   * @param {Question} question
   * @param {(answer: string) => Promise<void>} then what it throws is told in the dialog, which stays open
   */
  ask(question, then) {
    this.#then = then;
    byId('ask-title', HTMLHeadingElement).textContent = question.title;
    byId('ask-text', HTMLParagraphElement).textContent = question.text;
    this.#yes.textContent = question.yes;
    this.#yes.classList.toggle('grave', question.grave === true);
    this.#problem.hidden = true;
    this.#field.hidden = question.name === undefined && question.choice === undefined;
    this.#field.replaceChildren();
    if (question.name !== undefined) {
      const input = element('input', { type: 'text', maxlength: '60', required: '', autocomplete: 'off' });
      input.value = question.name.value;
      this.#field.append(element('span', {}, question.name.label), input);
    } else if (question.choice !== undefined) {
      const options = question.choice.options.map((option) => element('option', { value: option.value }, option.text));
      this.#field.append(element('span', {}, question.choice.label), element('select', {}, ...options));
    }
    this.#dialog.showModal();
    const field = this.#field.querySelector('input');
    if (field !== null) field.select();
    else if (question.grave === true) byId('ask-no', HTMLButtonElement).focus();
    else this.#yes.focus();
  }

  async #answer() {
    const field = this.#field.querySelector('input, select');
    const answer = field instanceof HTMLInputElement || field instanceof HTMLSelectElement ? field.value : '';
    this.#yes.disabled = true;
    try {
      await this.#then(answer);
      this.#dialog.close();
    } catch (error) {
      this.#problem.textContent = error instanceof Error ? error.message : String(error);
      this.#problem.hidden = false;
    } finally {
      this.#yes.disabled = false;
    }
  }
}
