// Package docs checks that what the documentation says is so: links, code blocks, tables and messages.
package docs
