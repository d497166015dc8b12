// Package command knows the commands of Redis and Valkey: what each of them does, and which of its arguments are keys,
// channels, databases and users.
//
// The commands are in commands.txt, from which table.go is generated. [Find] looks one up, and a [Scan] follows its
// arguments one by one. Arguments that are values need not be in memory for that.
package command

import (
	"maps"
	"slices"

	"github.com/proxylib/proxylib/proxylib"
)

//go:generate go run -C ../../../tools ./rediscommands ../parsers/redis/command

// Effect is what a command changes for the requests or replies that follow.
type Effect uint8

// The effects of commands.
const (
	None Effect = iota
	// Auth and Hello may log in as another user.
	Auth
	Hello
	// Multi begins a transaction; Exec and Discard end it.
	Multi
	Exec
	Discard
	// Reset makes the connection as it was at its beginning, without a login.
	Reset
	// Select chooses the database.
	Select
	// Quit ends the connection.
	Quit
	// Subscribe and Unsubscribe are answered by a message for each channel.
	Subscribe
	Unsubscribe
	// Reply turns replies on or off.
	Reply
	// Monitor makes the server send what it does, without an end.
	Monitor
	// Replicate makes the connection one of a replica's.
	Replicate
	// Script runs code of the client's, which may reach keys that it does not name.
	Script
	// Whole reaches keys that it does not name: all of a database, say.
	Whole
	// Everywhere is Whole in every database.
	Everywhere
	// Irregular: the command has no reply in some of its forms, or several.
	Irregular
	// ByName: the command must be allowed by name.
	ByName
)

// Stateless reports whether the command leaves the state of the connection as it is.
func (e Effect) Stateless() bool {
	switch e {
	case None, Script, Whole, Everywhere, ByName:
		return true
	}
	return false
}

// Command is a command, or a subcommand of one.
type Command struct {
	// Name is in lower case; that of a subcommand has the command and a bar before it, as in "config|get".
	Name string
	// Text is the name as bytes, which must not be changed.
	Text []byte
	// Number is its place in [Names].
	Number int
	// Access is what the command can do.
	Access proxylib.Access
	// Basic reports whether clients send the command without being asked to, or need it for others: it reaches no data.
	Basic bool
	// Effect is what the command changes for what follows on the connection.
	Effect Effect
	// Categories are those of the server's ACL, in alphabetical order.
	Categories []string

	items []item
	// least is the number of arguments that the command has at least.
	least int
}

// found is what a name leads to: a command, one that has subcommands, or both.
type found struct {
	command   *Command
	container bool
}

// words are the names of commands and containers, and of subcommands.
var words = func() map[string]found {
	all := map[string]found{}
	for name := range containers {
		all[name] = found{container: true}
	}
	for number, name := range Names() {
		c := table[name]
		c.Number = number
		all[name] = found{c, containers[name]}
	}
	return all
}()

// Names returns the names of all commands, in alphabetical order.
func Names() []string { return slices.Sorted(maps.Keys(table)) }

// Named returns the command with exactly this name, as in [Command], or nil.
func Named(name string) *Command { return table[name] }

// Known reports whether a name is that of a command, or of one that has subcommands.
func Known(name string) bool { return table[name] != nil || containers[name] }

// maxName is the length of the longest name, with its subcommand.
const maxName = 32

// Find returns the command with a name, in any case, and whether its subcommand has to be found as well, by
// [FindSub]. It returns nil if the name is unknown.
func Find(name []byte) (c *Command, container bool) {
	if len(name) <= maxShort {
		f := short.find(pack(name))
		return f.command, f.container
	}
	var lower [maxName]byte
	if len(name) > maxName {
		return nil, false
	}
	f := words[string(lower[:copyLower(lower[:], name)])]
	return f.command, f.container
}

// FindSub returns a subcommand of a command. Both names may be in any case.
func FindSub(name, sub []byte) *Command {
	var lower [maxName]byte
	if len(name)+1+len(sub) > maxName || len(sub) == 0 {
		return nil
	}
	n := copyLower(lower[:], name)
	lower[n] = '|'
	n++
	n += copyLower(lower[n:], sub)
	return table[string(lower[:n])]
}

// copyLower copies ASCII text in lower case and returns its length.
func copyLower(dst, src []byte) int {
	for i, c := range src {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		dst[i] = c
	}
	return len(src)
}
