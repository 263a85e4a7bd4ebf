/** The page of QA: clips in, runs ordered, followed and read. All that it shows is the server's; it keeps nothing. */

import { loadCatalogue } from '../catalogue.js';
import { byId, element } from '../elements.js';
import { cancelRun, compareRun, deleteBaseline, deleteClip, deleteRun, extendClip, loadState, runAgain, saveBaseline, submit } from './api.js';
import { Asker } from './ask.js';
import { isActive } from './card.js';
import { ClipList } from './clips.js';
import { goWords, LookPicker } from './looks.js';
import { Recorder } from './recorder.js';
import { RunList } from './runs.js';
import { Uploads } from './uploads.js';
import { counted, size } from './words.js';

/** @typedef {import('./api.js').Clip} Clip */
/** @typedef {import('./api.js').Run} Run */
/** @typedef {import('./api.js').State} State */
/** @typedef {import('./card.js').Wish} Wish */
/** @typedef {import('../catalogue.js').Product} Product */

const BUSY_MS = 600;
const CALM_MS = 4000;
const GATES_BYTES_MAX = 32 * 1024;

class Desk {
  /** @type {State | null} */
  #state = null;
  /** @type {Map<string, Product>} */
  #products = new Map();
  /** @type {{ name: string, text: string } | null} */
  #ownGates = null;
  #timer = 0;
  #asking = false;
  #askAgain = false;
  #sending = false;
  #baselinesTold = '';
  #asker = new Asker();
  #go = byId('go', HTMLButtonElement);
  #baseline = byId('baseline', HTMLSelectElement);
  #clips = new ClipList(byId('clips', HTMLDivElement), {
    onChoose: () => this.#sync(),
    onDelete: (clip) => this.#deleteClip(clip),
    onExtend: (clip) => void this.#do(() => extendClip(clip.id)),
  });
  #looks = new LookPicker(byId('looks', HTMLDivElement), () => this.#sync());
  #runs = new RunList(
    byId('runs', HTMLDivElement),
    (run, wish) => this.#wish(run, wish),
    (sentence) => {
      byId('announce', HTMLParagraphElement).textContent = sentence;
    },
  );
  #uploads = new Uploads(byId('uploads', HTMLDivElement), (clip) => void this.#arrived(clip));

  start() {
    this.#listenForFiles();
    this.#listenForGates();
    this.#go.addEventListener('click', () => void this.#run());
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) void this.refresh();
    });
    void this.#loadProducts();
    void this.refresh();
  }

  /** Asks for the state now, and again after a while that depends on whether anything runs. */
  async refresh() {
    if (this.#asking) {
      this.#askAgain = true;
      return;
    }
    this.#asking = true;
    window.clearTimeout(this.#timer);
    try {
      do {
        this.#askAgain = false;
        this.#show(await loadState());
      } while (this.#askAgain);
      this.#offline('');
    } catch (error) {
      this.#offline(error instanceof Error ? error.message : String(error));
    } finally {
      this.#asking = false;
    }
    const busy = this.#state?.runs.some((run) => isActive(run.state.name)) ?? false;
    if (!document.hidden) this.#timer = window.setTimeout(() => void this.refresh(), busy ? BUSY_MS : CALM_MS);
  }

  /** @param {State} state */
  #show(state) {
    this.#state = state;
    this.#uploads.bytesMax = state.limits.clip_bytes;
    this.#clips.show(state.clips, state.now_ms);
    this.#runs.show(state, this.#products);
    byId('empty', HTMLDivElement).hidden = state.runs.length + state.expired.length > 0;
    byId('storage', HTMLParagraphElement).textContent = state.used_bytes > 0 ? `${size(state.used_bytes)} of ${size(state.limits.total_bytes)} used` : '';
    this.#sync();
  }

  /** @param {string} sentence */
  #offline(sentence) {
    const note = byId('offline', HTMLParagraphElement);
    if (note.textContent !== sentence) note.textContent = sentence;
    note.hidden = sentence === '';
  }

  async #loadProducts() {
    this.#looks.showLoading();
    try {
      const products = await loadCatalogue();
      this.#products = new Map(products.map((product) => [product.sku, product]));
      this.#looks.show(products);
      if (this.#state !== null) this.#show(this.#state);
    } catch {
      this.#looks.showFailed('The products did not load.', () => void this.#loadProducts());
    }
  }

  #listenForFiles() {
    const file = byId('file', HTMLInputElement);
    const drop = byId('drop', HTMLDivElement);
    byId('choose', HTMLButtonElement).addEventListener('click', () => file.click());
    file.addEventListener('change', () => {
      for (const one of file.files ?? []) void this.#uploads.send(one, one.name, 'upload');
      file.value = '';
    });
    for (const name of ['dragenter', 'dragover']) {
      drop.addEventListener(name, (event) => {
        event.preventDefault();
        drop.classList.add('over');
      });
    }
    for (const name of ['dragleave', 'drop']) drop.addEventListener(name, () => drop.classList.remove('over'));
    drop.addEventListener('drop', (event) => {
      event.preventDefault();
      for (const one of event.dataTransfer?.files ?? []) void this.#uploads.send(one, one.name, 'upload');
    });
    const record = document.getElementById('record');
    if (record !== null) {
      const recorder = new Recorder((clip, name) => void this.#uploads.send(clip, name, 'recording'));
      record.addEventListener('click', () => recorder.open((this.#state?.limits.recording_s ?? 60) * 1000));
    }
  }

  #listenForGates() {
    const file = byId('gates-file', HTMLInputElement);
    const name = byId('own-gates-name', HTMLSpanElement);
    for (const box of document.querySelectorAll('input[name="gates"]')) box.addEventListener('change', () => this.#sync());
    byId('choose-gates', HTMLButtonElement).addEventListener('click', () => file.click());
    file.addEventListener('change', () => {
      const chosen = file.files?.[0];
      if (chosen === undefined) return;
      file.value = '';
      if (chosen.size > GATES_BYTES_MAX) {
        name.textContent = `${chosen.name} is larger than any file of gates`;
        return;
      }
      void chosen.text().then((text) => {
        this.#ownGates = { name: chosen.name, text };
        name.textContent = chosen.name;
        this.#sync();
      });
    });
    this.#baseline.addEventListener('change', () => this.#sync());
  }

  /** @param {Clip} clip */
  async #arrived(clip) {
    await this.refresh();
    this.#clips.choose(clip.id);
  }

  get #gates() {
    const chosen = document.querySelector('input[name="gates"]:checked');
    return chosen instanceof HTMLInputElement ? chosen.value : 'default';
  }

  /** Everything that follows from what is chosen. */
  #sync() {
    const looks = this.#looks.looks;
    const most = this.#state?.limits.looks ?? 1;
    const own = this.#gates === 'own';
    byId('own-gates', HTMLParagraphElement).hidden = !own;
    this.#syncBaselines();
    this.#go.textContent = goWords(this.#clips.chosen !== null, looks.length);
    this.#go.disabled = this.#sending || this.#clips.chosen === null || looks.length === 0 || looks.length > most || (own && this.#ownGates === null);
    this.#complain(looks.length > most ? `A run has at most ${counted(most, 'look')}; take some away.` : '');
  }

  #syncBaselines() {
    const state = this.#state;
    const clip = this.#clips.chosen;
    if (state === null) return;
    const contents = new Map(state.clips.map((each) => [each.id, each.content]));
    const fitting = clip === null ? [] : state.baselines.filter((baseline) => contents.get(baseline.clip) === clip.content);
    const told = JSON.stringify(fitting.map((baseline) => [baseline.id, baseline.name]));
    if (told === this.#baselinesTold) return;
    this.#baselinesTold = told;
    const before = this.#baseline.value;
    this.#baseline.replaceChildren(element('option', { value: '' }, 'None'), ...fitting.map((baseline) => element('option', { value: baseline.id }, `${baseline.name} (Tryon ${baseline.version})`)));
    this.#baseline.value = fitting.some((baseline) => baseline.id === before) ? before : '';
    this.#baseline.disabled = fitting.length === 0;
    byId('baseline-note', HTMLParagraphElement).replaceChildren(...this.#baselineNote(fitting));
  }

  /** @param {import('./api.js').Baseline[]} fitting */
  #baselineNote(fitting) {
    if (fitting.length === 0) return ['Keep a good run as a baseline, and later runs of the same clip can be held against it.'];
    return fitting.flatMap((baseline, at) => {
      const button = element('button', { type: 'button', class: 'quiet inline' }, `delete ${baseline.name}`);
      button.addEventListener('click', () =>
        this.#asker.ask(
          { title: `Delete the baseline ${baseline.name}?`, text: 'Runs that were compared with it keep their verdicts.', yes: 'Delete', grave: true },
          async () => {
            await deleteBaseline(baseline.id);
            await this.refresh();
          },
        ),
      );
      return at === 0 ? ['Baselines of this clip: ', button] : [', ', button];
    });
  }

  /** @param {string} sentence */
  #complain(sentence) {
    const problem = byId('go-problem', HTMLParagraphElement);
    problem.textContent = sentence;
    problem.hidden = sentence === '';
  }

  async #run() {
    const clip = this.#clips.chosen;
    if (clip === null) return;
    this.#sending = true;
    this.#sync();
    let trouble = '';
    try {
      const own = this.#gates === 'own' ? (this.#ownGates?.text ?? '') : '';
      const { run } = await submit({ clip: clip.id, looks: this.#looks.looks, gates: this.#gates, own_gates: own, baseline: this.#baseline.value || null });
      await this.refresh();
      document.querySelector(`[data-run="${CSS.escape(run.id)}"]`)?.scrollIntoView({ block: 'nearest' });
    } catch (error) {
      trouble = error instanceof Error ? error.message : String(error);
    }
    this.#sending = false;
    this.#sync();
    if (trouble !== '') this.#complain(trouble);
  }

  /**
   * Does it and shows what came of it; a refusal stands above the runs.
   * @param {() => Promise<unknown>} work
   */
  async #do(work) {
    try {
      await work();
    } catch (error) {
      await this.refresh();
      this.#offline(error instanceof Error ? error.message : String(error));
      return;
    }
    await this.refresh();
  }

  /**
   * @param {Run} run
   * @param {Wish} wish
   */
  #wish(run, wish) {
    if (wish === 'cancel') void this.#do(() => cancelRun(run.id));
    else if (wish === 'again') void this.#do(() => runAgain(run.id));
    else if (wish === 'keep') this.#keep(run);
    else if (wish === 'compare') this.#compare(run);
    else this.#deleteRun(run);
  }

  /** @param {Run} run */
  #keep(run) {
    this.#asker.ask(
      {
        title: 'Keep as baseline',
        text: 'Its figures and dressed videos are kept beside the clip, and are deleted with it.',
        yes: 'Keep',
        name: { label: 'Name', value: `Baseline ${(this.#state?.baselines.length ?? 0) + 1}` },
      },
      async (name) => {
        await saveBaseline(run.id, name);
        await this.refresh();
      },
    );
  }

  /** @param {Run} run */
  #compare(run) {
    const state = this.#state;
    if (state === null) return;
    const contents = new Map(state.clips.map((clip) => [clip.id, clip.content]));
    const fitting = state.baselines.filter((baseline) => contents.get(baseline.clip) === contents.get(run.clip));
    this.#asker.ask(
      {
        title: 'Compare with a baseline',
        text: 'All gates are held again, and the dressed videos are compared frame by frame.',
        yes: 'Compare',
        choice: { label: 'Baseline', options: fitting.map((baseline) => ({ value: baseline.id, text: baseline.name })) },
      },
      async (baseline) => {
        await compareRun(run.id, baseline);
        await this.refresh();
      },
    );
  }

  /** @param {Run} run */
  #deleteRun(run) {
    this.#asker.ask({ title: 'Delete this run?', text: 'Its videos, records and report are deleted. The clip stays.', yes: 'Delete', grave: true }, async () => {
      await deleteRun(run.id);
      await this.refresh();
    });
  }

  /** @param {Clip} clip */
  #deleteClip(clip) {
    const runs = this.#state?.runs.filter((run) => run.clip === clip.id).length ?? 0;
    const kept = this.#state?.baselines.filter((baseline) => baseline.clip === clip.id).length ?? 0;
    const made = [...(runs > 0 ? [counted(runs, 'run')] : []), ...(kept > 0 ? [counted(kept, 'baseline')] : [])];
    const text = made.length > 0 ? `With it go ${made.join(' and ')}, their videos and reports included.` : 'Nothing was made of it yet.';
    this.#asker.ask({ title: `Delete ${clip.name}?`, text, yes: 'Delete', grave: true }, async () => {
      await deleteClip(clip.id);
      await this.refresh();
    });
  }
}

new Desk().start();
