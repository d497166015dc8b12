package r2d2

import (
	"fmt"
	"maps"
	"slices"

	"github.com/proxylib/proxylib/proxylib"
)

// Fields of a request that rules are about.
const fieldCmd, fieldFile = 0, 1

var words = slices.Sorted(maps.Keys(commands))

// registration is what is registered: rules have keys for the command and its file.
var registration = proxylib.Protocol{
	Name: Name, New: newParser, Detect: detect,
	RuleKeys: []proxylib.RuleKey{
		{
			Name: "cmd", Field: fieldCmd, Match: proxylib.Exact, Values: proxylib.Words(words...),
			Doc: "its command is this one: `READ`, `WRITE`, `HALT` or `RESET`",
		},
		{
			Name: "file", Field: fieldFile, Match: proxylib.Regexp,
			Doc: "the regular expression (RE2, not anchored) finds something in its file name; a request without one never matches",
		},
	},
	CheckRule: checkRule,
	Access:    proxylib.ListAccess(words, func(word string) proxylib.Access { return commands[word].access }),
	LogFields: []proxylib.LogFieldDoc{
		{Name: "cmd", Doc: "the command, or the first word of a line that is not a request"},
		{Name: "file", Doc: "the file name; absent where there is none"},
	},
}

// AccessClass implements [proxylib.Classified]. A request that is not known may do anything.
func (r *request) AccessClass() proxylib.Access { return commands[string(r.cmd)].access }

func checkRule(keys map[string]string) error {
	cmd, file := keys["cmd"], keys["file"]
	if file != "" && cmd != "" && !commands[cmd].file {
		return fmt.Errorf("key file: %s takes no file, use it with READ, WRITE or without cmd", cmd)
	}
	return nil
}

// Value implements [proxylib.Subject]. Each field has at most one value.
func (r *request) Value(field, _ int) (proxylib.Value, int) {
	if field == fieldCmd {
		return proxylib.Text(r.cmd), 0
	}
	return proxylib.Text(r.file), 0
}
