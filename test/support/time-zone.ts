/** Lets the tests of the `describe` that calls it run in a time zone, such as `America/New_York`. */
export function useTimeZone(zone: string): void {
  let before: string | undefined;

  beforeEach(() => {
    before = process.env['TZ'];
    process.env['TZ'] = zone;
  });
  afterEach(() => {
    if (before === undefined) delete process.env['TZ'];
    else process.env['TZ'] = before;
  });
}
