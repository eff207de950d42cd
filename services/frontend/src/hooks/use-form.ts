import { useRef, useState, type SubmitEvent } from "react";
import { flushSync } from "react-dom";
import { failureOf, type ApiError } from "../api/problem.ts";
import { checkAll, type Check, type FieldErrors, type Values } from "../validation.ts";

export interface Form {
  onSubmit: (event: SubmitEvent<HTMLFormElement>) => void;
  /** It is being sent; another submit does nothing. */
  busy: boolean;
  /** Why it failed as a whole. */
  error: ApiError | null;
  /** What is wrong with single fields, by name. */
  fields: FieldErrors;
}

/** A form that is checked by `checks` (by field name) and then handed to `send`. */
export function useForm(
  checks: Readonly<Record<string, Check>>,
  send: (values: Values, form: HTMLFormElement) => Promise<void>,
): Form {
  const sending = useRef(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const [fields, setFields] = useState<FieldErrors>({});

  function showErrors(form: HTMLFormElement, errors: FieldErrors): void {
    flushSync(() => {
      setFields(errors);
    });
    form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }

  async function submit(form: HTMLFormElement): Promise<void> {
    const values: Record<string, string> = {};
    for (const [name, value] of new FormData(form)) if (typeof value === "string") values[name] = value;
    const wrong = checkAll(values, checks);
    setError(null);
    showErrors(form, wrong);
    if (Object.keys(wrong).length > 0) return;
    sending.current = true;
    setBusy(true);
    try {
      await send(values, form);
    } catch (thrown) {
      const failure = failureOf(thrown);
      const known = Object.entries(failure.fields).filter(([name]) => name in values);
      setError(known.length > 0 ? null : failure);
      showErrors(form, Object.fromEntries(known));
    } finally {
      sending.current = false;
      setBusy(false);
    }
  }

  return {
    onSubmit: (event) => {
      event.preventDefault();
      if (!sending.current) void submit(event.currentTarget);
    },
    busy,
    error,
    fields,
  };
}
