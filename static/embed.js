/**
 * `<tryon-mirror sku="…">`: a button that opens this server's mirror with one product in a frame. Nothing is loaded before
 * that. Attributes, events, parts and custom properties stand in docs/embed.md. No dependency, no inline style, no eval.
 */
(() => {
  'use strict';
  if (customElements.get('tryon-mirror') !== undefined) return;

  const script = document.currentScript ?? document.querySelector('script[src*="/static/embed.js"]');
  const SERVER = new URL(/** @type {HTMLScriptElement} */ (script).src, location.href).origin;
  const VERSION = 1;
  const PATIENCE_MS = 20_000;
  /** Messages of the frame that become events of the element, by the same name. */
  const EVENTS = new Set(['ready', 'face-found', 'tryon', 'snapshot', 'add-to-cart', 'error']);
  const TEXTS = ['sku', 'shade', 'mode', 'label', 'products', 'token-url'];
  const SWITCHES = ['open', 'snapshots'];

  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
:host { display: inline-block; font: inherit; }
:host([hidden]) { display: none; }
:host([mode="inline"][open]) { display: block; }
button { font: inherit; cursor: pointer; }
button:focus-visible { outline: 2px solid var(--tryon-accent, #1c3d36); outline-offset: 2px; }
.open, .again {
  min-height: 2.75rem; padding: 0 1.25rem; border: 0; border-radius: var(--tryon-radius, 999px);
  background: var(--tryon-accent, #1c3d36); color: var(--tryon-on-accent, #fff); font-weight: 600;
}
:host([open]) .open { display: none; }
dialog {
  width: min(var(--tryon-width, 72rem), 100vw - 2rem); height: min(var(--tryon-height, 52rem), 100dvh - 2rem);
  max-width: none; max-height: none; padding: 0; border: 0; overflow: hidden; box-sizing: border-box;
  border-radius: var(--tryon-frame-radius, 1.25rem); background: var(--tryon-surface, #f6f5f2); color: #1b1b19;
}
dialog::backdrop { background: var(--tryon-backdrop, rgb(0 0 0 / 55%)); }
@media (max-width: 40rem) {
  dialog { width: 100vw; height: 100dvh; border-radius: 0; }
}
.inline {
  position: relative; height: var(--tryon-height, 44rem); min-height: 20rem; overflow: hidden;
  border-radius: var(--tryon-frame-radius, 1.25rem); background: var(--tryon-surface, #f6f5f2); color: #1b1b19;
}
iframe { display: block; width: 100%; height: 100%; border: 0; }
.close {
  position: absolute; top: 0.5rem; right: 0.5rem; z-index: 1; width: 2.75rem; height: 2.75rem; padding: 0;
  border: 0; border-radius: 50%; background: rgb(20 20 18 / 72%); color: #fff; font-size: 1.5rem; line-height: 1;
}
.trouble { display: grid; place-content: center; justify-items: center; gap: 1rem; height: 100%; padding: 1.5rem; text-align: center; }
.trouble p { max-width: 34rem; margin: 0; }
[hidden] { display: none !important; }`);

  /**
   * @param {string} tag
   * @param {string} name its class, and the part by which a shop's stylesheet reaches it
   * @param {(Node | string)[]} children
   */
  const made = (tag, name, ...children) => {
    const element = document.createElement(tag);
    element.className = name;
    element.setAttribute('part', name);
    element.append(...children);
    return element;
  };

  class TryonMirror extends HTMLElement {
    static observedAttributes = [...TEXTS, ...SWITCHES];

    /** Instead of `token-url`: gives a token for a product. @type {((sku: string) => Promise<string>) | null} */
    getToken = null;
    #root = this.attachShadow({ mode: 'open' });
    #button = /** @type {HTMLButtonElement} */ (made('button', 'open'));
    #box = /** @type {HTMLElement | null} */ (null);
    #frame = /** @type {HTMLIFrameElement | null} */ (null);
    #trouble = made('div', 'trouble');
    #timer = 0;

    constructor() {
      super();
      this.#root.adoptedStyleSheets = [sheet];
      this.#button.type = 'button';
      this.#button.setAttribute('part', 'button');
      this.#button.addEventListener('click', () => this.show());
      this.#root.append(this.#button);
    }

    connectedCallback() {
      window.addEventListener('message', this.#heard);
      this.#label();
      if (this.hasAttribute('open')) this.show();
    }

    disconnectedCallback() {
      window.removeEventListener('message', this.#heard);
      this.close();
    }

    /** @param {string} name @param {string | null} before @param {string | null} now */
    attributeChangedCallback(name, before, now) {
      if (!this.isConnected || before === now) return;
      if (name === 'open' && now === null) this.close();
      else if (name === 'open') this.show();
      else if (name === 'label') this.#label();
      else if (name === 'sku' || name === 'shade' || name === 'products') void this.#start();
    }

    /** Opens the mirror; call it from a click. */
    show() {
      if (this.#box !== null || !this.isConnected) return;
      const inline = this.getAttribute('mode') === 'inline';
      const close = made('button', 'close', '×');
      close.setAttribute('type', 'button');
      close.setAttribute('aria-label', 'Close the mirror');
      close.addEventListener('click', () => this.close());
      this.#box = inline ? made('div', 'inline') : made('dialog', 'dialog');
      this.#box.setAttribute('aria-label', this.#words());
      this.#box.append(this.#trouble, close);
      this.#root.append(this.#box);
      this.toggleAttribute('open', true);
      if (this.#box instanceof HTMLDialogElement) {
        // The browser keeps the focus inside, closes on Escape, and gives the focus back.
        this.#box.addEventListener('close', () => this.close());
        this.#box.showModal();
      }
      this.#load();
    }

    /** Closes it; the camera goes off with the frame. Idempotent. */
    close() {
      const box = this.#box;
      if (box === null) return;
      this.#box = null;
      this.#unload();
      if (box instanceof HTMLDialogElement) box.close();
      box.remove();
      this.toggleAttribute('open', false);
      this.dispatchEvent(new CustomEvent('close'));
    }

    #words() {
      return this.getAttribute('label') ?? (this.textContent?.trim() || 'Try it on');
    }

    #label() {
      this.#button.textContent = this.#words();
    }

    #load() {
      this.#unload();
      const sku = this.getAttribute('sku') ?? '';
      const shade = this.getAttribute('shade');
      const look = shade === null ? '' : `#look=${encodeURIComponent(sku)}:${encodeURIComponent(shade)}`;
      const frame = (this.#frame = document.createElement('iframe'));
      frame.setAttribute('part', 'frame');
      frame.title = this.#words();
      frame.allow = 'camera; clipboard-write';
      frame.src = `${SERVER}/embed/${encodeURIComponent(sku)}?origin=${encodeURIComponent(location.origin)}${look}`;
      this.#trouble.hidden = true;
      this.#box?.prepend(frame);
      this.#timer = window.setTimeout(
        () => this.#fail({ code: 'no_frame', sentence: 'The mirror did not open. Is its server running, and does this page’s Content-Security-Policy allow it?' }),
        PATIENCE_MS,
      );
    }

    #unload() {
      clearTimeout(this.#timer);
      this.#frame?.remove();
      this.#frame = null;
    }

    /** Gives the frame a new token, and with it the product. */
    async #start() {
      const frame = this.#frame;
      if (frame === null) return;
      const sku = this.getAttribute('sku') ?? '';
      try {
        const token = await this.#token(sku);
        if (frame !== this.#frame) return;
        const { shade, products } = { shade: this.getAttribute('shade'), products: this.getAttribute('products') };
        const told = { tryon: VERSION, type: 'start', token, sku, shade, products, snapshots: this.hasAttribute('snapshots') };
        frame.contentWindow?.postMessage(told, SERVER);
      } catch (error) {
        if (frame === this.#frame) this.#fail(/** @type {{ code?: string, sentence?: string }} */ (error));
      }
    }

    /** @param {string} sku */
    async #token(sku) {
      if (this.getToken !== null) return this.getToken(sku);
      const own = this.getAttribute('token-url');
      const response = await fetch(own ?? `${SERVER}/api/embed/token`, {
        method: 'POST',
        body: new URLSearchParams({ sku }),
        credentials: own === null ? 'omit' : 'same-origin',
      });
      const body = await response.json().catch(() => ({}));
      if (response.ok) return String(body.token);
      throw body.error ?? { code: 'no_token', sentence: `The shop got no token for the mirror (${response.status}).` };
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
    #heard = (event) => {
      const { origin, source, data } = event;
      if (this.#frame === null || source !== this.#frame.contentWindow || origin !== SERVER || data?.tryon !== VERSION) return;
      if (data.type === 'hello') {
        clearTimeout(this.#timer);
        void this.#start();
      } else if (data.type === 'close') this.close();
      else if (EVENTS.has(data.type)) this.#tell(data.type, data.detail);
    };

    /** @param {string} type @param {unknown} detail */
    #tell(type, detail) {
      // An error that bubbled would look like one of the page's own scripts.
      this.dispatchEvent(new CustomEvent(type, { detail, bubbles: type !== 'error', composed: true }));
    }
  }

  for (const name of [...TEXTS, ...SWITCHES]) {
    const property = name.replace(/-(.)/g, (_, letter) => letter.toUpperCase());
    const isSwitch = SWITCHES.includes(name);
    Object.defineProperty(TryonMirror.prototype, property, {
      /** @this {TryonMirror} */
      get() {
        return isSwitch ? this.hasAttribute(name) : this.getAttribute(name);
      },
      /** @this {TryonMirror} @param {unknown} value */
      set(value) {
        if (isSwitch) this.toggleAttribute(name, Boolean(value));
        else if (value === null || value === undefined) this.removeAttribute(name);
        else this.setAttribute(name, String(value));
      },
    });
  }
  customElements.define('tryon-mirror', TryonMirror);
})();
