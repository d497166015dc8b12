package docs

import (
	"regexp"
	"testing"

	"github.com/proxylib/proxylib/cli"
)

// foreign are flags of other programs, and whose they are.
var foreign = map[string]string{"log-format-escaped": "envoy", "parent-shutdown-time-s": "envoy", "restart-epoch": "envoy"}

var flagSpan = regexp.MustCompile("`--([a-z][a-z0-9-]*)[^`\n]*`")

// isFlag reports whether a command of the command line has a flag.
func isFlag(name string) bool {
	commands := cli.Command().Commands()
	for i := 0; i < len(commands); i++ {
		c := commands[i]
		if c.Flags().Lookup(name) != nil || c.PersistentFlags().Lookup(name) != nil {
			return true
		}
		commands = append(commands, c.Commands()...)
	}
	return false
}

func TestFlagsInTheTextAreThere(t *testing.T) {
	checked := 0
	for _, page := range pages(t) {
		for _, span := range flagSpan.FindAllStringSubmatch(fences.ReplaceAllString(read(t, page), ""), -1) {
			checked++
			if foreign[span[1]] == "" && !isFlag(span[1]) {
				t.Errorf("%s: no command has a flag --%s", page, span[1])
			}
		}
	}
	if checked < 80 {
		t.Errorf("only %d flags are found", checked)
	}
}
