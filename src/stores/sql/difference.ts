/** A way in which a table is not as the store needs it. */
export interface Difference {
  /** What is there and what should be, for people. */
  readonly text: string
  /** What mends it: a part of an ALTER TABLE, or a statement; neither when nothing but another table does. */
  readonly clause?: string
  readonly statement?: string
  /** Whether the statement may be run at any time: it changes no row and holds up nobody for long. */
  readonly isSafe?: true
}
