package all_test

import (
	"os"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/proxylib"
)

func TestTheDocumentationSaysWhatEachProtocolCountsAsReadWriteAndAdmin(t *testing.T) {
	text, err := os.ReadFile("../../docs/access.md")
	if err != nil {
		t.Fatal(err)
	}
	classified := 0
	for _, name := range proxylib.ParserNames() {
		p := proxylib.Registered(name)
		if len(p.Access) == 0 {
			t.Errorf("%s does not say what it counts as read, write and admin", name)
			continue
		}
		classified++
		_, section, found := strings.Cut(string(text), "\n**"+name+"**")
		if !found || !strings.Contains(strings.SplitN(section, "\n**", 2)[0], p.AccessTable()) {
			t.Errorf("docs/access.md lacks this table for %s, or has it otherwise:\n%s", name, p.AccessTable())
		}
	}
	if classified < 3 {
		t.Errorf("only %d protocols were compared", classified)
	}
}
