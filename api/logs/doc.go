// Package logs has the messages by which a library reports to its policy server what people want to see.
package logs
