/** A style sheet that the bundler of the widget puts in as text. */
declare module '*.css' {
  const text: string;
  export default text;
}
