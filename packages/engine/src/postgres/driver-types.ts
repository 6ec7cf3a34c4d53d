/** What the driver tells about a type: how it is written, and how it is read (undefined: as the text that came). */
interface DriverType {
  readonly to: number;
  readonly from: number[];
  readonly serialize: (value: unknown) => string;
  readonly parse: never;
}

/** Object ids of the types that the driver converts by default: bool, bytea, integers, json, floats, dates, jsonb. */
const CONVERTED_TYPES = [16, 17, 20, 21, 23, 26, 114, 700, 701, 1082, 1114, 1184, 3802];

/**
 * Switches the driver's conversions off. It would turn the text `false` bound to a boolean into `f` by truthiness of its own,
 * quote JSON text once more and send timestamps through `Date`, which loses microseconds.
 */
export const DRIVER_TYPES: Record<string, DriverType> = {
  text: { to: 25, from: CONVERTED_TYPES, serialize: String, parse: undefined as never },
};
