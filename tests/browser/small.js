// The visible controls that are too small for a finger.
() =>
  [...document.querySelectorAll('button, select, input[type=range]')]
    .filter((item) => item.checkVisibility() && !item.disabled)
    .filter((item) => Math.min(item.getBoundingClientRect().width, item.getBoundingClientRect().height) < 32)
    .map((item) => item.outerHTML.slice(0, 80));
