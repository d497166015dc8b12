// Package reference makes the reference pages of docs out of the code: of its declarations with their comments, and of what
// the parsers are registered with. A declaration without a comment is an error, so that nothing is without a meaning.
package reference
