/** The page: consent, then a source, the stream, the tray, and what they tell each other. */

import { loadCatalogue, loadLooks } from './catalogue.js';
import { Division } from './division.js';
import { byId, element } from './elements.js';
import { FitPanel } from './fitpanel.js';
import { BARE, formatHash, parseAddress, parseSplit, toItems } from './look.js';
import { Painter } from './painter.js';
import { Readout } from './readout.js';
import { ShadePanel } from './shadepanel.js';
import { Shop } from './shop.js';
import { saveFile, snapshotName, takeSnapshot } from './snapshot.js';
import { Camera, listCameras } from './sources/camera.js';
import { Clip } from './sources/clip.js';
import { Photo, pictureIn } from './sources/photo.js';
import { SourceError } from './sources/source.js';
import { Stage } from './stage.js';
import { Level } from './status.js';
import { MirrorStream } from './stream.js';
import { Tray } from './tray.js';
import { say, speaking, told } from './words.js';

/** @typedef {import('./look.js').Look} Look */
/** @typedef {import('./look.js').LookItem} LookItem */
/** @typedef {import('./look.js').Split} Split */
/** @typedef {import('./sources/source.js').Source} Source */
/** @typedef {'camera' | 'sample' | 'photo'} SourceName */

const NOTE_MS = 3000;
const ERROR_MS = 6000;

/** A slider moves faster than a look needs to be sent. */
const LOOK_EVERY_MS = 60;

/** A look that takes longer than this to come shows that it is on its way. */
const PENDING_AFTER_MS = 250;
/** And after so long it says why: a frame that nobody wore on this server yet is made ready once. */
const TOLD_AFTER_MS = 1200;

class Page {
  #consent = byId('consent', HTMLElement);
  #mirror = byId('mirror', HTMLElement);
  #file = byId('file', HTMLInputElement);
  #cameras = byId('cameras', HTMLSelectElement);
  #sources = [...byId('sources', HTMLElement).querySelectorAll('button')];
  #stage = new Stage();
  #stream;
  #tray;
  #readout;
  #fit;
  #shade;
  #division;
  #shop;
  /** Whether the shopper agreed that pictures of theirs are sent; the sample does not need it. */
  #agreed = false;
  /** @type {string | null} the choice lasts as long as the page */
  #cameraId = null;
  /** @type {SourceName | null} */
  #running = null;
  #runs = 0;
  /** @type {readonly string[]} */
  #hints = [];
  /** @type {Look} the last look that the server drew */
  #accepted = BARE;
  /** @type {{ id: number, look: Look }} the newest look; answers to older ones say nothing any more */
  #asked = { id: 0, look: BARE };
  #lookTimer = 0;
  #toldTimer = 0;
  #pendingTimer = 0;

  constructor() {
    const consentVersion = Number(this.#consent.dataset['version']);
    const painter = new Painter(this.#stage.canvas);
    this.#stage.attach(painter);
    this.#stream = new MirrorStream(painter, consentVersion, {
      onState: (state, sentence) => this.#connection(state, sentence),
      onHints: (hints, faces) => {
        this.#hinted(hints);
        this.#shop.facesSeen(faces);
      },
      onShades: (shades) => {
        if (this.#tray.showMatched(shades)) this.#shop.shadeFound();
      },
      onLook: (id) => this.#lookDrawn(id),
      onMeasure: (measure, frame) => {
        this.#fit.show(measure, frame);
        this.#shade.show(measure, frame);
      },
      onError: (code, sentence, lookId) => this.#refused(told(`error.${code}`, sentence), lookId),
      onSourceLost: (error) => this.#sourceFailed(error, this.#running ?? 'camera'),
      onShown: () => this.#stage.live(),
      onLate: () => this.#stage.say('late', Level.NOTE, say('mirror.late'), NOTE_MS),
    });
    const mode = new URLSearchParams(location.search).get('reply');
    if (mode === 'rectangle' || mode === 'whole') this.#stream.setReplyMode(mode);
    this.#tray = new Tray(
      byId('products', HTMLElement),
      byId('worn', HTMLElement),
      byId('bare', HTMLButtonElement),
      (look) => this.#lookChosen(look),
      (split) => this.#lookChosen(this.#tray.look, split),
      () => void this.#loadProducts(),
    );
    this.#division = new Division(this.#tray, this.#stage, (split) => this.#lookChosen(this.#tray.look, split));
    this.#readout = new Readout(byId('readout', HTMLElement), () => this.#stream.figures(performance.now()));
    this.#fit = new FitPanel(
      (mode, again) => this.#stream.setMeasure(mode, again),
      () => this.#stream.hintTexts,
      () => this.#shade.close(),
    );
    this.#shade = new ShadePanel(
      {
        ask: (mode, again) => this.#stream.setMeasure(mode, again),
        texts: () => this.#stream.hintTexts,
        find: (sku) => this.#tray.find(sku),
        putOn: (sku, shade) => this.#tray.putOn(sku, shade),
        compare: (sku, shades) => this.#lookChosen(this.#tray.look, { sku, shades }),
        opened: () => this.#fit.close(),
      },
      consentVersion,
    );
    this.#shop = new Shop({
      look: () => this.#tray.named,
      find: (sku) => this.#tray.find(sku),
      wear: (items) => {
        if (this.#tray.filled) this.#wear(items);
      },
      narrow: (sku) => this.#tray.narrow(sku),
      begin: () => {
        if (this.#running === null) this.#askConsent();
      },
      picture: () => takeSnapshot(this.#stage.canvas, this.#stage.mirrored),
      say: (text) => this.#stage.say('shop', Level.NOTE, text, ERROR_MS),
    });
    this.#listen();
    void this.#loadProducts();
  }

  #listen() {
    byId('agree', HTMLButtonElement).addEventListener('click', () => this.#agree(() => this.#openCamera()));
    byId('use-photo', HTMLButtonElement).addEventListener('click', () => this.#file.click());
    byId('use-sample', HTMLButtonElement).addEventListener('click', () => void this.#run(new Clip()));
    for (const button of this.#sources) {
      button.addEventListener('click', () => this.#choose(/** @type {SourceName} */ (button.dataset['source'])));
    }
    this.#file.addEventListener('change', () => {
      const file = this.#file.files?.[0];
      this.#file.value = ''; // the same photo may be chosen again
      if (file !== undefined) this.#agree(() => this.#run(new Photo(file)));
    });
    this.#cameras.addEventListener('change', () => {
      this.#cameraId = this.#cameras.value;
      void this.#openCamera();
    });
    byId('save', HTMLButtonElement).addEventListener('click', () => void this.#save());
    byId('details', HTMLButtonElement).addEventListener('click', () => this.#toggleReadout());
    document.addEventListener('keydown', (event) => this.#key(event));
    document.addEventListener('paste', (event) => this.#give(pictureIn(event.clipboardData)));
    document.addEventListener('dragover', (event) => event.preventDefault());
    document.addEventListener('drop', (event) => {
      event.preventDefault();
      this.#give(pictureIn(event.dataTransfer));
    });
    document.addEventListener('visibilitychange', () => {
      if (document.hidden) this.#stream.pause();
      else this.#stream.resume();
    });
    window.addEventListener('hashchange', () => this.#showAddress());
    window.addEventListener('pagehide', () => this.#stream.close());
    // Back from the browser's page cache: the camera is off and the consent is over.
    window.addEventListener('pageshow', (event) => {
      if (event.persisted) location.reload();
    });
  }

  /**
   * The shopper saw the text and chose to go on.
   * @param {() => Promise<void>} then
   */
  #agree(then) {
    this.#agreed = true;
    void then();
  }

  /** @param {SourceName} name */
  #choose(name) {
    if (name === 'photo') {
      if (this.#agreed) this.#file.click();
      else this.#askConsent();
    } else if (name === 'sample') {
      void this.#run(new Clip());
    } else if (this.#agreed) {
      void this.#openCamera();
    } else {
      this.#askConsent();
    }
  }

  #askConsent() {
    this.#runs += 1;
    this.#fit.close();
    this.#shade.close();
    this.#stream.halt();
    this.#running = null;
    this.#mirror.hidden = true;
    this.#consent.hidden = false;
    document.body.dataset['screen'] = 'consent';
    byId('agree', HTMLButtonElement).focus();
  }

  /**
   * A dropped or pasted picture: agreeing comes first here too.
   * @param {File | null} file
   */
  #give(file) {
    if (file === null) return;
    if (this.#agreed) void this.#run(new Photo(file));
    else byId('agree-first', HTMLElement).hidden = false;
  }

  async #openCamera() {
    await this.#run(new Camera(this.#cameraId));
  }

  /** @param {Source} source */
  async #run(source) {
    const run = (this.#runs += 1);
    const first = this.#running === null;
    this.#running = source.name;
    this.#consent.hidden = true;
    this.#mirror.hidden = false;
    document.body.dataset['screen'] = 'mirror';
    for (const button of this.#sources) {
      button.setAttribute('aria-pressed', String(button.dataset['source'] === source.name));
    }
    this.#cameras.parentElement?.toggleAttribute('hidden', true);
    this.#stage.prepare(source.name, source.mirrored, opening(source.name));
    this.#shop.facesSeen(0);
    this.#fit.interrupt();
    this.#shade.interrupt();
    if (this.#division.split !== null) this.#sendLook(this.#tray.look); // mirrored or not, left is left
    this.#hinted([]);
    if (first) byId('mirror-title', HTMLElement).focus();
    try {
      await this.#stream.run(source);
      if (run === this.#runs && source.name === 'camera') await this.#offerCameras(/** @type {Camera} */ (source));
    } catch (error) {
      if (run !== this.#runs) return;
      this.#sourceFailed(error instanceof SourceError ? error : new SourceError('failed'), source.name);
    }
  }

  /** @param {Camera} camera */
  async #offerCameras(camera) {
    const cameras = await listCameras();
    if (this.#running !== 'camera') return;
    const options = cameras.map(({ id, label }) => element('option', { value: id }, label));
    this.#cameras.replaceChildren(...options);
    this.#cameras.value = camera.deviceId ?? '';
    this.#cameras.parentElement?.toggleAttribute('hidden', cameras.length < 2);
  }

  /**
   * @param {SourceError} error
   * @param {SourceName} name
   */
  #sourceFailed(error, name) {
    const again = { label: say('mirror.try_again'), act: () => this.#choose(name) };
    const sample = { label: say('mirror.watch_sample'), act: () => this.#choose('sample') };
    const photo = { label: say('mirror.use_photo'), act: () => this.#choose('photo') };
    const hopeless = error.trouble === 'insecure' || error.trouble === 'unsupported';
    if (name === 'photo') this.#stage.showTrouble(error, [{ ...photo, label: say('mirror.other_photo') }, sample]);
    else if (name === 'sample') this.#stage.showTrouble(error, [again, photo]);
    else this.#stage.showTrouble(error, hopeless ? [photo, sample] : [again, photo, sample]);
    this.#hinted([]);
  }

  /**
   * @param {import('./socket.js').SocketState} state
   * @param {string} sentence
   */
  #connection(state, sentence) {
    this.#stage.unsay('busy');
    if (state === 'ready' || state === 'idle') {
      this.#stage.unsay('connection');
      if (state === 'idle') this.#hinted([]);
      return;
    }
    this.#hinted([]);
    this.#fit.interrupt(say('mirror.waiting'));
    this.#shade.interrupt(say('mirror.waiting'));
    if (state === 'busy') {
      this.#stage.unsay('connection');
      this.#stage.say('busy', Level.BUSY, sentence || say('mirror.busy'));
    } else if (state === 'waiting') {
      this.#stage.say('connection', Level.OFFLINE, say('mirror.lost'));
    } else if (state === 'stale_consent') {
      this.#stage.say('connection', Level.OFFLINE, say('mirror.stale_consent'));
    } else if (state === 'refused') {
      this.#stage.say('connection', Level.OFFLINE, say('mirror.ended'));
    }
  }

  /** @param {readonly string[]} hints */
  #hinted(hints) {
    this.#stage.sayHints(hints, this.#stream.hintTexts, this.#hints);
    this.#hints = hints;
  }

  async #loadProducts() {
    this.#tray.showLoading();
    try {
      const [products, looks] = await Promise.all([loadCatalogue(), loadLooks()]);
      this.#tray.showProducts(products, looks);
    } catch {
      this.#tray.showFailed();
      return;
    }
    this.#wear(this.#shop.asked ?? parseAddress(location));
  }

  /** Wears what the address says. */
  #showAddress() {
    if (this.#tray.filled) this.#wear(parseAddress(location));
  }

  /** @param {LookItem[]} asked */
  #wear(asked) {
    const look = this.#tray.lookOf(asked);
    if (asked.length > 0 && toItems(look).length === 0) {
      this.#stage.say('address', Level.NOTE, say('mirror.not_listed'), ERROR_MS);
    }
    const before = this.#division.address(this.#tray.look);
    this.#tray.showLook(look);
    this.#division.show(look, parseSplit(location.hash));
    if (this.#division.address(look) !== before) this.#sendLook(look);
    this.#shop.lookChanged();
  }

  /**
   * @param {Look} look
   * @param {Split} [split] as it was, where nothing is said
   */
  #lookChosen(look, split = this.#division.split) {
    this.#division.show(look, split);
    this.#shop.lookChanged();
    const address = this.#division.address(look);
    history.replaceState(null, '', address === '' ? location.pathname + location.search : address);
    clearTimeout(this.#lookTimer);
    this.#lookTimer = window.setTimeout(() => this.#sendLook(look), LOOK_EVERY_MS);
  }

  /** @param {Look} look */
  #sendLook(look) {
    const [first = [], ...beside] = this.#division.looks(look);
    this.#asked = { id: this.#stream.setLook(first, beside), look };
    clearTimeout(this.#pendingTimer);
    clearTimeout(this.#toldTimer);
    this.#pendingTimer = window.setTimeout(() => {
      if (this.#running !== null) this.#tray.setPending(true);
    }, PENDING_AFTER_MS);
    this.#toldTimer = window.setTimeout(() => {
      if (this.#running !== null) this.#stage.say('ready', Level.NOTE, say('mirror.getting_ready'));
    }, TOLD_AFTER_MS);
  }

  /** @param {number} id */
  #lookDrawn(id) {
    if (id !== this.#asked.id) return;
    this.#accepted = this.#asked.look;
    this.#shop.lookDrawn();
    this.#settle();
  }

  #settle() {
    clearTimeout(this.#pendingTimer);
    clearTimeout(this.#toldTimer);
    this.#tray.setPending(false);
    this.#stage.unsay('ready');
  }

  /**
   * @param {string} sentence
   * @param {number | null} lookId
   */
  #refused(sentence, lookId) {
    if (sentence !== '') this.#stage.say('error', Level.NOTE, sentence, ERROR_MS);
    if (lookId === null || lookId !== this.#asked.id) return;
    this.#settle();
    // What was refused comes off again; if it was the last good look itself, the bare face remains.
    const back = formatHash(this.#asked.look) === formatHash(this.#accepted) ? BARE : this.#accepted;
    this.#tray.showLook(back);
    this.#lookChosen(back);
  }

  async #save() {
    const blob = await takeSnapshot(this.#stage.canvas, this.#stage.mirrored).catch(() => null);
    if (blob === null) {
      this.#stage.say('saved', Level.NOTE, say('mirror.picture_failed'), ERROR_MS);
      return;
    }
    saveFile(blob, snapshotName(toItems(this.#tray.look).map((item) => item.sku)));
    this.#stage.say('saved', Level.NOTE, say('mirror.saved'), NOTE_MS);
  }

  #toggleReadout() {
    this.#readout.toggle();
    byId('details', HTMLButtonElement).setAttribute('aria-expanded', String(this.#readout.open));
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (this.#running === null || event.altKey || event.ctrlKey || event.metaKey || event.repeat) return;
    const target = event.target;
    if (target instanceof HTMLSelectElement || (target instanceof HTMLInputElement && target.type !== 'range')) return;
    if (event.key === 'b') this.#stage.toggleBefore();
    else if (event.key === 'i') this.#toggleReadout();
    else if (event.key === 'm') this.#fit.toggle();
    else if (event.key === 't') this.#shade.toggle();
    else if (event.key === 's') this.#division.toggle();
  }
}

/** @param {SourceName} name */
function opening(name) {
  if (name === 'camera') return say('mirror.opening_camera');
  return name === 'sample' ? say('mirror.opening_sample') : say('mirror.opening_photo');
}

if (speaking()) new Page();
else byId('unloaded', HTMLElement).hidden = false;
