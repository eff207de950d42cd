import { useId, type InputHTMLAttributes } from "react";
import type { Form } from "../hooks/use-form.ts";

interface FieldProps extends Omit<InputHTMLAttributes<HTMLInputElement>, "form"> {
  form: Form;
  label: string;
  name: string;
  hint?: string;
}

/** A labelled input with its hint and its error. */
export function Field({ form, label, name, hint, ...input }: FieldProps) {
  const id = useId();
  const error = form.fields[name];
  const notes = [hint !== undefined && `${id}-hint`, error !== undefined && `${id}-error`].filter(Boolean);
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        {...input}
        id={id}
        name={name}
        aria-invalid={error !== undefined}
        aria-describedby={notes.join(" ") || undefined}
      />
      {hint !== undefined && (
        <p id={`${id}-hint`} className="hint">
          {hint}
        </p>
      )}
      {error !== undefined && (
        <p id={`${id}-error`} className="field-error">
          {error}
        </p>
      )}
    </div>
  );
}
