/** A moment in the reader's own time, with the name of its zone. */

const zoned = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric', hour: '2-digit', minute: '2-digit', timeZoneName: 'short' });

/** @param {Date} moment */
export const inWords = (moment) => zoned.format(moment);
