// Words looks for forms of words that this project does not use, in comments and strings of Go and C, in documents, and
// in scripts. It prints each with its place and what to write instead, and fails if there is one.
//
//	go run -C tools ./words FILE...
package main
