/** `<tryon-mirror sku="…">`: a button that opens this server's mirror in a frame. docs/embed.md tells all of it. */
(() => {
  'use strict';
  if (customElements.get('tryon-mirror') !== undefined) return;

  const script = document.currentScript ?? document.querySelector('script[src*="/static/embed.js"]');
  const SERVER = new URL(/** @type {HTMLScriptElement} */ (script).src).origin;
  const VERSION = 1;
  const PATIENCE_MS = 20_000;
  /** Messages of the frame that become events of the same name. */
  const EVENTS = new Set(['ready', 'face-found', 'tryon', 'snapshot', 'add-to-cart', 'error']);
  const TEXTS = ['sku', 'shade', 'mode', 'label', 'products', 'token-url'];
  const SWITCHES = ['open', 'snapshots'];

  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
:host { display: inline-block; font: inherit; }
:host([hidden]), [hidden], :host([open][mode="inline"]) .open { display: none !important; }
:host([open][mode="inline"]) { display: block; }
button { font: inherit; cursor: pointer; }
button:focus-visible { outline: 2px solid var(--tryon-accent, #1c3d36); outline-offset: 2px; }
.open, .again {
  min-height: 2.75rem; padding: 0 1.25rem; border: 0; border-radius: var(--tryon-radius, 999px); font-weight: 600;
  background: var(--tryon-accent, #1c3d36); color: var(--tryon-on-accent, #fff);
}
dialog, .inline {
  position: relative; height: var(--tryon-height, 44rem); min-height: 20rem; overflow: hidden; color: #1b1b19;
  border-radius: var(--tryon-frame-radius, 1.25rem); background: var(--tryon-surface, #f6f5f2);
}
dialog {
  position: fixed; box-sizing: border-box; width: min(var(--tryon-width, 72rem), 100vw - 2rem);
  height: min(var(--tryon-height, 44rem), 100dvh - 2rem); max-width: none; max-height: none; padding: 0; border: 0;
}
dialog::backdrop { background: var(--tryon-backdrop, rgb(0 0 0 / 55%)); }
@media (max-width: 40rem) { dialog { width: 100vw; height: 100dvh; border-radius: 0; } }
iframe { display: block; width: 100%; height: 100%; border: 0; }
.close {
  position: absolute; top: 0.5rem; right: 0.5rem; z-index: 1; width: 2.75rem; height: 2.75rem; padding: 0;
  border: 0; border-radius: 50%; background: rgb(20 20 18 / 72%); color: #fff; font-size: 1.5rem; line-height: 1;
}
.trouble { display: grid; place-content: center; justify-items: center; gap: 1rem; height: 100%; padding: 1.5rem; }
.message { max-width: 34rem; margin: 0; text-align: center; }`);

  /** @param {string} tag @param {string} name its class and part @param {(Node | string)[]} children */
  const made = (tag, name, ...children) => {
    const element = document.createElement(tag);
    element.className = name;
    element.setAttribute('part', name);
    element.append(...children);
    return element;
  };

  class TryonMirror extends HTMLElement {
    static observedAttributes = [...TEXTS, ...SWITCHES];

    #own = /** @type {any} */ (this);
    /** Instead of `token-url`. @type {((sku: string | null) => Promise<string>) | null} */
    getToken = this.#own.getToken ?? null;
    #root = this.attachShadow({ mode: 'open' });
    #slot = made('slot', 'label', 'Try it on');
    #button = made('button', 'open', this.#slot);
    #trouble = made('div', 'trouble');
    #box = /** @type {HTMLElement | null} */ (null);
    #frame = /** @type {HTMLIFrameElement | null} */ (null);
    #token = /** @type {Promise<string | null> | null} */ (null);
    #timer = 0;

    constructor() {
      super();
      this.#root.adoptedStyleSheets = [sheet];
      this.#button.setAttribute('part', 'button');
      this.#button.addEventListener('click', () => this.show());
      this.#root.append(this.#button);
    }

    connectedCallback() {
      // Set before this script came, they hide the setters.
      for (const [name, value] of Object.entries(this)) {
        if (name !== 'getToken' && Reflect.deleteProperty(this, name)) Reflect.set(this, name, value);
      }
      window.addEventListener('message', this.#heard);
      if (this.hasAttribute('open')) this.show();
    }

    disconnectedCallback() {
      window.removeEventListener('message', this.#heard);
      this.close();
    }

    /** @param {string} name @param {string | null} before @param {string | null} now */
    attributeChangedCallback(name, before, now) {
      if (name === 'label') this.#button.replaceChildren(now ?? this.#slot);
      if (!this.isConnected || before === now) return;
      if (name === 'open' && now === null) this.close();
      else if (name === 'open') this.show();
      else if (['sku', 'shade', 'products'].includes(name)) {
        this.#token = null;
        void this.#start();
      }
    }

    /** Opens the mirror. */
    show() {
      if (this.#box !== null || !this.isConnected) return;
      const close = made('button', 'close', '×');
      close.setAttribute('aria-label', 'Close the mirror');
      close.addEventListener('click', () => this.close());
      const box = (this.#box = this.getAttribute('mode') === 'inline' ? made('div', 'inline') : made('dialog', 'dialog'));
      box.setAttribute('aria-label', this.#words());
      box.append(this.#trouble, close);
      this.#root.append(box);
      this.toggleAttribute('open', true);
      if (box instanceof HTMLDialogElement) {
        // It keeps the focus inside and closes on Escape.
        box.addEventListener('close', () => this.close());
        box.showModal();
      }
      this.#load();
    }

    /** Closes it, and the camera with the frame. Idempotent. */
    close() {
      const box = this.#box;
      if (box === null) return;
      this.#box = null;
      this.#unload();
      box.remove();
      this.toggleAttribute('open', false);
      // Whoever is elsewhere stays there.
      if (document.activeElement === document.body) this.#button.focus({ preventScroll: true });
      this.#tell('close');
    }

    #words() {
      return this.getAttribute('label') ?? (this.textContent?.trim() || 'Try on');
    }

    #load() {
      this.#unload();
      const [sku, shade] = [this.#own.sku ?? '', this.#own.shade].map((word) => word && encodeURIComponent(word));
      const frame = (this.#frame = document.createElement('iframe'));
      frame.setAttribute('part', 'frame');
      frame.title = this.#words();
      frame.allow = 'camera; clipboard-write';
      frame.src = `${SERVER}/embed/${sku}?origin=${encodeURIComponent(location.origin)}${shade ? `#look=${sku}:${shade}` : ''}`;
      this.#trouble.hidden = true;
      this.#box?.prepend(frame);
      // Meanwhile, so that a refusal is known at once.
      this.#token = this.#ask(frame);
      const sentence = 'The mirror did not open. Does its server run, and does this page’s policy allow it?';
      this.#timer = window.setTimeout(() => this.#fail({ code: 'no_frame', sentence }), PATIENCE_MS);
    }

    #unload() {
      clearTimeout(this.#timer);
      this.#frame?.remove();
      this.#frame = this.#token = null;
    }

    /** Gives the frame a new token, and with it the product. */
    async #start() {
      const frame = this.#frame;
      if (frame === null) return;
      const { sku, shade, products, snapshots } = this.#own;
      const asked = this.#token ?? this.#ask(frame);
      this.#token = null;
      const token = await asked;
      if (token === null || frame !== this.#frame) return;
      frame.contentWindow?.postMessage({ tryon: VERSION, type: 'start', token, sku, shade, products, snapshots }, SERVER);
    }

    /** A token for the product; null where there is none, which is told. @param {HTMLIFrameElement} frame */
    async #ask(frame) {
      const { sku, tokenUrl } = this.#own;
      try {
        if (this.getToken !== null) return await this.getToken(sku);
        const response = await fetch(tokenUrl ?? `${SERVER}/api/embed/token`, {
          method: 'POST',
          body: new URLSearchParams({ sku: sku ?? '' }),
          credentials: tokenUrl === null ? 'omit' : 'same-origin',
        });
        const body = await response.json().catch(() => ({}));
        if (response.ok) return String(body.token);
        throw body.error ?? { code: 'no_token', sentence: `The shop got no token for the mirror (${response.status}).` };
      } catch (error) {
        if (frame === this.#frame) this.#fail(/** @type {any} */ (error ?? {}));
        return null;
      }
    }

    /** @param {{ code?: string, sentence?: string }} error */
    #fail({ code = 'unreachable', sentence = 'The mirror cannot be reached at the moment.' }) {
      this.#unload();
      const again = made('button', 'again', 'Try again');
      again.addEventListener('click', () => this.#load());
      const words = made('p', 'message', sentence);
      words.setAttribute('role', 'alert');
      this.#trouble.replaceChildren(words, again);
      this.#trouble.hidden = false;
      this.#tell('error', { code, sentence });
    }

    /** @param {MessageEvent} event */
    #heard = ({ origin, source, data }) => {
      if (this.#frame === null || source !== this.#frame.contentWindow || origin !== SERVER || data?.tryon !== VERSION) return;
      if (data.type === 'hello') {
        clearTimeout(this.#timer);
        void this.#start();
      } else if (data.type === 'close') this.close();
      else if (EVENTS.has(data.type)) this.#tell(data.type, data.detail);
    };

    /** @param {string} type @param {unknown} [detail] */
    #tell(type, detail) {
      // Such that bubbled would look like a script's error, or the closing of a dialog around.
      const bubbles = type !== 'error' && type !== 'close';
      this.dispatchEvent(new CustomEvent(type, { detail, bubbles, composed: true }));
    }
  }

  for (const name of [...TEXTS, ...SWITCHES]) {
    const isText = TEXTS.includes(name);
    Object.defineProperty(TryonMirror.prototype, name.replace('-u', 'U'), {
      /** @this {TryonMirror} */
      get() {
        return isText ? this.getAttribute(name) : this.hasAttribute(name);
      },
      /** @this {TryonMirror} @param {unknown} value */
      set(value) {
        if (isText && value != null) this.setAttribute(name, String(value));
        else this.toggleAttribute(name, Boolean(value));
      },
    });
  }
  customElements.define('tryon-mirror', TryonMirror);
})();
