package redis

import (
	"errors"
	"slices"
	"strings"

	"github.com/proxylib/proxylib/parsers/redis/command"
	"github.com/proxylib/proxylib/proxylib"
)

// Fields of a request that rules are about. A field that is not there has the number 0.
const (
	fieldCommand = iota + 1
	fieldModule
	fieldKey
	fieldChannel
	fieldPattern
	fieldDB
	fieldKeys
	fieldValueBytes
	// fieldScript and fieldControl are for conditions that rules have unless they say otherwise; see imply.
	fieldScript
	fieldControl
)

var ruleKeys = []proxylib.RuleKey{
	{
		Name: "command", Field: fieldCommand, Match: proxylib.Exact, Values: commandNames,
		Doc: "its command is this one: a name, a name and a subcommand with a bar between them, a name alone for all its subcommands, or a category of the server's ACL as in `@read`",
	},
	{
		Name: "module_command", Field: fieldModule, Match: proxylib.Exact, MaxLen: maxWord,
		Doc: "its command is this one, in lower case, which is of a module and not known to the parser",
	},
	{Name: "key", Field: fieldKey, Match: proxylib.Exact, Doc: "its keys are exactly this"},
	{Name: "key_prefix", Field: fieldKey, Match: proxylib.Prefix, Doc: "its keys begin with this"},
	{
		Name: "key_glob", Field: fieldKey, Match: proxylib.Custom, Compile: compileGlob,
		Doc: "its keys match this pattern, as in the server's ACL: `*`, `?`, `[a-z]`, `\\\\`",
	},
	{
		Name: "key_regex", Field: fieldKey, Match: proxylib.Regexp,
		Doc: "the regular expression (RE2, not anchored, on raw bytes) finds something in its keys",
	},
	{Name: "channel", Field: fieldChannel, Match: proxylib.Exact, Doc: "its channels are exactly this"},
	{
		Name: "channel_glob", Field: fieldChannel, Match: proxylib.Custom, Compile: compileGlob,
		Doc: "its channels match this pattern",
	},
	{
		Name: "pattern", Field: fieldPattern, Match: proxylib.Exact,
		Doc: "the patterns that it subscribes to, or looks for, are exactly this",
	},
	{Name: "db", Field: fieldDB, Match: proxylib.Exact, Doc: "it is for the database of this number"},
	{
		Name: "script", Field: fieldScript, Match: proxylib.Exact, Values: map[string][]string{"trusted": {"no", "yes"}},
		Doc: "`trusted`: scripts are allowed although they may reach keys that they do not name",
	},
	{Name: "max_keys", Field: fieldKeys, Match: proxylib.AtMost, Doc: "it has at most this many keys"},
	{Name: "max_value_bytes", Field: fieldValueBytes, Match: proxylib.AtMost, Doc: "none of its values has more than this many bytes"},
	{Name: "script_free", Field: fieldScript, Match: proxylib.Exact, Values: map[string][]string{"yes": {"no"}}, Implied: true},
	{Name: "control_free", Field: fieldControl, Match: proxylib.Exact, Values: map[string][]string{"yes": {"no"}}, Implied: true},
}

// commandNames are the commands that a rule's command stands for.
var commandNames = commandValues()

// commandValues makes, of the names and categories that a rule may have, the names of commands.
func commandValues() map[string][]string {
	values := map[string][]string{"@all": command.Names()}
	for _, name := range command.Names() {
		c := command.Named(name)
		values[name] = append(values[name], name)
		if container, _, some := strings.Cut(name, "|"); some {
			values[container] = append(values[container], name)
		}
		for _, category := range c.Categories {
			values["@"+category] = append(values["@"+category], name)
		}
	}
	return values
}

// keyed are the rule keys that are about keys of the database.
var keyed = []string{"key", "key_prefix", "key_glob", "key_regex"}

// checkRule refuses conditions that do not go together.
func checkRule(keys map[string]string) error {
	constrained := slices.ContainsFunc(keyed, func(k string) bool { return keys[k] != "" })
	switch {
	case keys["module_command"] != "" && keys["command"] != "":
		return errors.New("key module_command: does not go with command, write two rules")
	case keys["module_command"] != "" && (constrained || keys["max_keys"] != ""):
		return errors.New("key module_command: does not go with a condition on keys, as those of modules are not known")
	case keys["module_command"] != "" && command.Known(keys["module_command"]):
		return errors.New("key module_command: is a command that the parser knows, use command")
	case keys["module_command"] != strings.ToLower(keys["module_command"]):
		return errors.New("key module_command: has capital letters, write it in lower case")
	case keys["max_keys"] == "0":
		return errors.New("key max_keys: 0 allows no keys, use a number from 1")
	}
	return nil
}

// imply returns the conditions that a rule has unless it says otherwise: a rule about keys, or the database that they are
// in, is not for scripts, which may reach others, and a rule that names no command is not for commands that have to be
// named.
func imply(keys map[string]string) map[string]string {
	implied := map[string]string{}
	constrained := keys["db"] != "" || slices.ContainsFunc(keyed, func(k string) bool { return keys[k] != "" })
	if keys["script"] == "" && constrained && mayNameScript(keys) {
		implied["script_free"] = "yes"
	}
	if keys["command"] == "" && keys["module_command"] == "" && keys["access"] != "admin" {
		implied["control_free"] = "yes"
	}
	return implied
}

// mayNameScript reports whether a rule may be about a command that runs scripts. One that names others needs no condition on that.
func mayNameScript(keys map[string]string) bool {
	if keys["module_command"] != "" {
		return false
	}
	names, known := commandNames[keys["command"]]
	return !known || slices.ContainsFunc(names, func(name string) bool { return command.Named(name).Effect == command.Script })
}

// describe returns what the command of a request says of it.
func describe(given map[int]string) map[int]string {
	r := request{reading: reading{command: command.Named(given[fieldCommand])}}
	if r.command == nil {
		return nil
	}
	return map[int]string{fieldScript: r.script().String(), fieldControl: yesNo(r.control()).String()}
}

func (r *request) script() proxylib.Value {
	return yesNo(r.command != nil && r.command.Effect == command.Script)
}

var (
	valueYes = proxylib.Text([]byte("yes"))
	valueNo  = proxylib.Text([]byte("no"))
)

func yesNo(yes bool) proxylib.Value {
	if yes {
		return valueYes
	}
	return valueNo
}

// Value implements [proxylib.Subject]. Keys that are made of a pattern have no value, so that no condition holds for them.
// Where the question is about what the request may reach, it has any value of each field.
func (r *request) Value(field, at int) (proxylib.Value, int) {
	if r.reach && field != fieldKeys && field != fieldValueBytes {
		return proxylib.UnknownValue, 0
	}
	switch field {
	case fieldCommand:
		return r.commandName(), 0
	case fieldModule:
		if r.command == nil {
			return proxylib.Text(r.word), 0
		}
	case fieldKey:
		return r.named(at, command.Key, command.KeyPattern)
	case fieldChannel:
		return r.named(at, command.Channel, command.Channel)
	case fieldPattern:
		return r.named(at, command.Pattern, command.Pattern)
	case fieldDB:
		return r.database(at)
	case fieldKeys:
		return proxylib.Number(r.countKeys()), 0
	case fieldValueBytes:
		return proxylib.Number(int64(r.largest)), 0
	case fieldScript:
		return r.script(), 0
	case fieldControl:
		return yesNo(r.control()), 0
	}
	return proxylib.NoValue, 0
}

// database returns a database that the request is for. Those that it names, as COPY does, come after those of the
// connection. A request that is for all of them has no value, so that no condition holds.
func (r *request) database(at int) (proxylib.Value, int) {
	if r.command != nil && r.command.Effect == command.Everywhere {
		return proxylib.NoValue, 0
	}
	count := int(r.databases.more) + 1
	first := slices.IndexFunc(r.marks, func(m mark) bool { return m.kind == command.DB })
	if at < count {
		value, next := r.databases.value(at)
		if next == 0 && first >= 0 {
			next = count + first
		}
		return value, next
	}
	value, next := r.named(at-count, command.DB, command.DB)
	if next > 0 {
		next += count
	}
	return value, next
}

// AccessClass implements [proxylib.Classified].
func (r *request) AccessClass() proxylib.Access {
	if r.command == nil {
		return proxylib.Admin
	}
	return r.command.Access
}

// accessDocs documents the classes of all commands.
func accessDocs() []proxylib.AccessDoc {
	var words []string
	for _, name := range command.Names() {
		words = append(words, strings.Replace(name, "|", " ", 1))
	}
	return proxylib.ListAccess(words, func(word string) proxylib.Access {
		return command.Named(strings.Replace(word, " ", "|", 1)).Access
	})
}

func (r *request) commandName() proxylib.Value {
	if r.command == nil {
		return proxylib.NoValue
	}
	return proxylib.Text(r.command.Text)
}

// control reports whether the command has to be named by a rule.
func (r *request) control() bool {
	if r.command == nil || r.command.Access == proxylib.Admin {
		return true
	}
	switch r.command.Effect {
	case command.Monitor, command.Replicate, command.ByName, command.Irregular, command.Reply:
		return true
	}
	return false
}

// whole reports whether the command is about all keys of a database, or of all databases.
func (r *request) whole() bool {
	return r.command != nil && (r.command.Effect == command.Whole || r.command.Effect == command.Everywhere)
}

// reaches reports whether the command may reach keys that it does not name.
func (r *request) reaches() bool {
	if r.command == nil {
		return true
	}
	switch r.command.Effect {
	case command.Script, command.Monitor, command.Replicate:
		return true
	}
	return r.whole() || slices.ContainsFunc(r.marks, func(m mark) bool { return m.kind == command.KeyPattern })
}

// named returns an argument of a kind. One of kind other has no value. The place is the number of its mark.
func (r *request) named(at int, kind, other command.Kind) (proxylib.Value, int) {
	is := func(m mark) bool { return m.kind == kind || m.kind == other }
	rest := r.marks[at:]
	first := slices.IndexFunc(rest, is)
	if first < 0 {
		return proxylib.NoValue, 0
	}
	next := 0
	if second := slices.IndexFunc(rest[first+1:], is); second >= 0 {
		next = at + first + 1 + second
	}
	if m := rest[first]; m.kind == kind {
		return keyText(r.text(m)), next
	}
	return proxylib.NoValue, next
}

// keyText returns a key as a value. The empty key is one, which only a rule without conditions on keys allows.
func keyText(key []byte) proxylib.Value { return proxylib.Text(key) }

func (r *request) countKeys() int64 {
	n := int64(0)
	for i := range r.marks {
		if r.marks[i].kind == command.Key {
			n++
		}
	}
	return n
}
