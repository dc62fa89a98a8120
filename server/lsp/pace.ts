/** When to check after an edit: at once where checking keeps up with typing, otherwise in a pause as long as a check takes. */

const LONGEST_PAUSE = 250;

export class Pace {
  private edited = Number.NEGATIVE_INFINITY;
  private took = 0;

  /** A check took so many milliseconds. */
  checked(took: number): void {
    this.took = took;
  }

  /**
   * An edit came: how many milliseconds to wait for the next one. None where the one before it is as long ago as a check takes;
   * edits that waited for a check to end come together, so that all but the first of them are waited after.
   */
  pause(now: number): number {
    const quiet = now - this.edited;
    this.edited = now;
    return quiet >= this.took ? 0 : Math.min(LONGEST_PAUSE, this.took);
  }
}
