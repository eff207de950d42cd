import { memo, useDeferredValue, type ComponentProps } from "react";
import ReactMarkdown, { type Components } from "react-markdown";
import remarkGfm from "remark-gfm";

const PLUGINS = [remarkGfm];

function ExternalLink({ href, children }: ComponentProps<"a">) {
  return (
    <a href={href} target="_blank" rel="noopener noreferrer">
      {children}
    </a>
  );
}

const COMPONENTS: Components = {
  a: ({ href, children }) => <ExternalLink href={href}>{children}</ExternalLink>,
  // A picture would tell its host who reads this, and when. Its link lets people decide.
  img: ({ src, alt }) => <ExternalLink href={src}>{alt === "" ? "Picture" : (alt ?? "Picture")}</ExternalLink>,
  // The page has its own first heading, above those of an answer.
  h1: ({ children }) => <h2>{children}</h2>,
  h2: ({ children }) => <h3>{children}</h3>,
  h3: ({ children }) => <h4>{children}</h4>,
  h4: ({ children }) => <h5>{children}</h5>,
  h5: ({ children }) => <h6>{children}</h6>,
  table: ({ children }) => (
    <div className="table-scroll">
      <table>{children}</table>
    </div>
  ),
};

/** `text` as Markdown. Raw HTML stays text, and links with a script in them lose their target. */
export const Markdown = memo(function Markdown({ text }: { text: string }) {
  // While an answer streams in, typing comes first.
  const shown = useDeferredValue(text);
  return (
    <ReactMarkdown remarkPlugins={PLUGINS} components={COMPONENTS}>
      {shown}
    </ReactMarkdown>
  );
});
