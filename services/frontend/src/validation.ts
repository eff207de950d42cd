/** The checks of a form before it is sent; the server's are the ones that count. */

export type Values = Readonly<Record<string, string>>;
export type FieldErrors = Record<string, string>;

/** Says what is wrong with a value, or null. */
export type Check = (value: string) => string | null;

/** Characters as the server counts them: Unicode code points. */
function lengthOf(text: string): number {
  return Array.from(text).length;
}

export const checkName: Check = (value) => {
  const length = lengthOf(value.trim());
  if (length === 0) return "Please enter your name.";
  return length > 80 ? "A name has at most 80 characters." : null;
};

export const checkEmail: Check = (value) => {
  if (value.trim() === "") return "Please enter your e-mail address.";
  return /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value.trim())
    ? null
    : "This does not look like an e-mail address.";
};

export const checkNewPassword: Check = (value) => {
  const length = lengthOf(value);
  if (length < 10) return "A password needs at least 10 characters.";
  return length > 128 ? "A password has at most 128 characters." : null;
};

export const checkPassword: Check = (value) =>
  value === "" ? "Please enter your password." : null;

/** What is wrong with `values`, by field; empty when all is well. */
export function checkAll(values: Values, checks: Readonly<Record<string, Check>>): FieldErrors {
  const errors: FieldErrors = {};
  for (const [field, check] of Object.entries(checks)) {
    const error = check(values[field] ?? "");
    if (error !== null) errors[field] = error;
  }
  return errors;
}
