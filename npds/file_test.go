package npds

import (
	"os"
	"path/filepath"
	"strings"
	"time"

	"gopkg.in/check.v1"

	"github.com/proxylib/proxylib/internal/eventually"
	"github.com/proxylib/proxylib/internal/logbook"
	"github.com/proxylib/proxylib/policy"
)

type FileSuite struct {
	store *policy.Store
	book  *logbook.Book
	dir   string
	path  string
	file  *File
	// onError is that of files that are opened.
	onError OnError
}

var _ = check.Suite(&FileSuite{})

func (s *FileSuite) SetUpTest(c *check.C) {
	s.store, s.book, s.dir, s.file = new(policy.Store), &logbook.Book{}, c.MkDir(), nil
	s.path, s.onError = filepath.Join(s.dir, "policy.yaml"), ""
}

func (s *FileSuite) TearDownTest(c *check.C) {
	if s.file != nil {
		c.Check(s.file.Close(), check.IsNil)
	}
}

// allow is a document that allows one port.
func allow(port string) string {
	return "resources:\n- endpoint_ips: [10.0.0.1]\n  ingressPerPortPolicies:\n  - {port: " + port + ", allow: all}\n"
}

func (s *FileSuite) write(c *check.C, path, text string) {
	c.Assert(os.WriteFile(path, []byte(text), 0o600), check.IsNil)
}

// open opens the file, which looks as if it had been there for long: what was written just now is waited for.
func (s *FileSuite) open(c *check.C) (err error) {
	past := time.Now().Add(-time.Minute)
	if err := os.Chtimes(s.path, past, past); err != nil {
		c.Check(err, check.ErrorMatches, ".*no such file or directory")
	}
	s.file, err = OpenFile(FileConfig{
		Path: s.path, OnError: s.onError, Store: s.store, Parsers: parsers, Log: s.book.Logger(),
	})
	return err
}

func (s *FileSuite) opened(c *check.C, text string) {
	s.write(c, s.path, text)
	c.Assert(s.open(c), check.IsNil)
}

func (s *FileSuite) TestEveryFormOfADocumentIsRead(c *check.C) {
	resource := `{"endpoint_ips": ["10.0.0.1"], "ingress_per_port_policies": [{"port": 80, "rules": [{}]}]}`
	for _, text := range []string{
		allow("80"),
		`{"resources": [` + resource + `]}`,
		`[` + resource + `]`,
		"- " + resource,
		"resources: []\n---\n- " + resource + "\n",
		"resources:\n- &first {endpoint_ips: [10.0.0.2], ingress_per_port_policies: [&port {port: 81, allow: all}]}\n" +
			"- {<<: *first, endpoint_ips: [10.0.0.1], ingress_per_port_policies: [{<<: *port, port: 80}]}\n",
	} {
		document, err := CompileDocument([]byte(text), parsers)
		c.Assert(err, check.IsNil, check.Commentf(text))
		s.store.Replace(document.Policies)
		c.Check(allows(s.store, 80), check.Equals, true, check.Commentf(text))
	}
	document, err := CompileDocument([]byte("resources: []"), parsers)
	c.Assert(err, check.IsNil)
	c.Check(document.Policies.Endpoints(), check.Equals, 0)
}

func (s *FileSuite) TestAWrongDocumentIsRefusedWithLineAndReason(c *check.C) {
	two := "resources:\n- endpoint_ips: [10.0.0.2]\n"
	for _, t := range []struct{ text, want string }{
		{"", "the document is empty.*"},
		{"# nothing\n", "the document is empty.*"},
		{"resources:\n- a: [\n", "yaml: .*line .*"},
		{"policies: []", "line 1: want a mapping with the one key resources"},
		{"resources: []\nmore: 1", "line 1: want a mapping with the one key resources"},
		{"resources: {}", "line 1: want a list of resources"},
		{"word", "line 1: want a list of resources"},
		{two + "- endpoint_ip: [10.0.0.1]\n", `line 3: .*unknown field "endpoint_ip".*`},
		{two + "- endpoint_ips: [nowhere]\n", `line 3: .*"nowhere" is not an IP address`},
		{two + "- endpoint_ips: [10.0.0.2]\n", `.*10.0.0.2 is given twice`},
		{two + "- endpoint_ips: [10.0.0.1]\n  <<: {endpoint_ips: [10.0.0.3]}\n", `line 4: << also brings "endpoint_ips".*`},
		{two + "- &a {endpoint_ips: [*a]}\n", `line 3: alias \*a stands for something that contains it`},
		{two + "- endpoint_ips: [10.0.0.1]\n  endpoint_ips: [10.0.0.3]\n", `(?s)line 3: .*already defined at line 3.*`},
		{two + "- 7: [10.0.0.1]\n", `line 3: .*`},
		{two + "- endpoint_ips: [10.0.0.1]\n  ingress_per_port_policies:\n  - port: 80\n    rules:\n" +
			"    - {name: r, l7_proto: words, l7_rules: {l7_allow_rules: [{rule: {wrod: x}}]}}\n",
			`line 3: policy of endpoint 10.0.0.1 \(id 0\): ingress port 80: rule 0 "r": l7_allow_rules: unknown key "wrod"`},
		{two + "- endpoint_ips: [10.0.0.1]\n  ingress_per_port_policies:\n  - port: 80\n    rules:\n" +
			"    - {name: r, l7_proto: words, l7_rules: {l7_allow_rules: [{}], l7_deny_rules: [{}, {rule: {word: ''}}]}}\n",
			`line 3: .*: rule 0 "r": l7_deny_rules: words rule 1: key word: is empty; leave the key out to match anything`},
	} {
		_, err := CompileDocument([]byte(t.text), parsers)
		c.Check(err, check.ErrorMatches, t.want, check.Commentf(t.text))
		s.write(c, s.path, t.text)
		c.Check(CheckFile(s.path, parsers), check.ErrorMatches, "(?s)policy file .*policy.yaml: .*", check.Commentf(t.text))
		c.Check(s.open(c), check.NotNil)
		c.Check(s.file, check.IsNil)
	}
}

func (s *FileSuite) TestADocumentWarnsOfWhatItMayNotMean(c *check.C) {
	document, err := CompileDocument([]byte("resources: [{endpoint_ips: [10.0.0.1], ingress_per_port_policies: "+
		"[{port: 80, rules: [{l7_proto: wordz, allow: all}]}]}]"), parsers)
	c.Assert(err, check.IsNil)
	c.Check(document.Warnings, check.DeepEquals, []string{
		`l7_proto: this build has no parser "wordz", so what 1 port entries say of it is denied; did you mean words?`,
	})
	document, err = CompileDocument([]byte(strings.Replace(manifests, "word: get", "word: ", 1)), parsers)
	c.Assert(err, check.IsNil)
	c.Check(document.Warnings, check.HasLen, 1)
	c.Check(document.Warnings[0], check.Matches, "line 12: spec.*word has no value, which allows any request.*")
}

func (s *FileSuite) TestAMissingFileIsRefused(c *check.C) {
	c.Check(s.open(c), check.ErrorMatches, "policy file .*policy.yaml: open .*: no such file or directory")
	s.path = filepath.Join(s.dir, "nowhere", "policy.yaml")
	c.Check(s.open(c), check.ErrorMatches, "policy file .*policy.yaml: open .*: no such file or directory")
}

func (s *FileSuite) TestAChangeIsSeenHoweverItIsMade(c *check.C) {
	s.opened(c, allow("80"))
	c.Check(allows(s.store, 80), check.Equals, true)
	changes := []struct {
		name   string
		change func(text string)
	}{
		{"written in place", func(text string) { s.write(c, s.path, text) }},
		{"renamed over", func(text string) {
			s.write(c, s.path+".tmp", text)
			c.Assert(os.Rename(s.path+".tmp", s.path), check.IsNil)
		}},
		{"removed and made again", func(text string) {
			c.Assert(os.Remove(s.path), check.IsNil)
			time.Sleep(100 * time.Millisecond)
			s.write(c, s.path, text)
		}},
		{"moved away and made again", func(text string) {
			c.Assert(os.Rename(s.path, s.path+"~"), check.IsNil)
			s.write(c, s.path, text)
		}},
	}
	ports := []string{"81", "82", "83", "84"}
	for i, t := range changes {
		t.change(allow(ports[i]))
		eventually.Holds(c, t.name, func() bool { return allows(s.store, uint16(81+i)) })
		c.Check(allows(s.store, uint16(80+i)), check.Equals, false, check.Commentf(t.name))
	}
}

func (s *FileSuite) TestAChangeIsSeenWhileOthersWriteToTheFolder(c *check.C) {
	s.opened(c, allow("80"))
	done, ended := make(chan struct{}), make(chan struct{})
	defer func() { close(done); <-ended }()
	go func() {
		defer close(ended)
		for i := 0; ; i++ {
			select {
			case <-done:
				return
			case <-time.After(5 * time.Millisecond):
				os.WriteFile(filepath.Join(s.dir, "access.log"), []byte{byte(i)}, 0o600)
				os.Remove(filepath.Join(s.dir, "access.log"))
			}
		}
	}()
	s.write(c, s.path, allow("81"))
	eventually.Holds(c, "written while others write", func() bool { return allows(s.store, 81) })
}

func (s *FileSuite) TestAFolderThatIsSwappedByALinkIsSeen(c *check.C) {
	for _, v := range []string{"1", "2"} {
		c.Assert(os.Mkdir(filepath.Join(s.dir, "v"+v), 0o700), check.IsNil)
		s.write(c, filepath.Join(s.dir, "v"+v, "policy.yaml"), allow("8"+v))
	}
	data := filepath.Join(s.dir, "..data")
	c.Assert(os.Symlink("v1", data), check.IsNil)
	c.Assert(os.Symlink(filepath.Join("..data", "policy.yaml"), s.path), check.IsNil)
	c.Assert(s.open(c), check.IsNil)
	c.Check(allows(s.store, 81), check.Equals, true)
	c.Assert(os.Symlink("v2", data+"_tmp"), check.IsNil)
	c.Assert(os.Rename(data+"_tmp", data), check.IsNil)
	eventually.Holds(c, "the new folder", func() bool { return allows(s.store, 82) })
}

func (s *FileSuite) TestAFolderThatIsReplacedIsSeen(c *check.C) {
	for _, v := range []string{"1", "2", "3"} {
		s.write(c, s.folder(c, "v"+v), allow("8"+v))
	}
	current := filepath.Join(s.dir, "current")
	c.Assert(os.Symlink("v1", current), check.IsNil)
	s.path = filepath.Join(current, "policy.yaml")
	c.Assert(s.open(c), check.IsNil)
	c.Check(allows(s.store, 81), check.Equals, true)
	c.Assert(os.Symlink("v2", current+"_tmp"), check.IsNil)
	c.Assert(os.Rename(current+"_tmp", current), check.IsNil)
	eventually.Holds(c, "the folder that the link leads to now", func() bool { return allows(s.store, 82) })
	c.Assert(os.RemoveAll(filepath.Join(s.dir, "v2")), check.IsNil)
	s.write(c, s.folder(c, "v2"), allow("83"))
	eventually.Holds(c, "the folder that was made again", func() bool { return allows(s.store, 83) })
	c.Check(allows(s.store, 82), check.Equals, false)
}

// folder makes a folder and returns the path of a policy file in it.
func (s *FileSuite) folder(c *check.C, name string) string {
	c.Assert(os.Mkdir(filepath.Join(s.dir, name), 0o700), check.IsNil)
	return filepath.Join(s.dir, name, "policy.yaml")
}

func (s *FileSuite) TestAFileThatIsBeingWrittenIsNotInForce(c *check.C) {
	s.opened(c, allow("80"))
	text := allow("81")
	file, err := os.Create(s.path)
	c.Assert(err, check.IsNil)
	// Without its end the document is one that denies.
	cut := strings.Index(text, "  ingress")
	for _, piece := range []string{text[:cut], text[cut:]} {
		_, err := file.WriteString(piece)
		c.Assert(err, check.IsNil)
		time.Sleep(700 * time.Millisecond)
		c.Check(allows(s.store, 80), check.Equals, true)
	}
	c.Assert(file.Close(), check.IsNil)
	eventually.Holds(c, "the file is closed", func() bool { return allows(s.store, 81) })
	c.Check(s.file.Status().Updates, check.Equals, uint64(2))
}

func (s *FileSuite) TestAFileThatCannotBeReadIsInLogAndStatus(c *check.C) {
	s.opened(c, allow("80"))
	c.Assert(os.Rename(s.path, s.path+"~"), check.IsNil)
	eventually.Holds(c, "the status says so", func() bool { return s.file.Status().Unreadable != "" })
	status := s.file.Status()
	c.Check(status.Unreadable, check.Matches, "policy file .*policy.yaml: open .*: no such file or directory")
	c.Check(status.ConnectedSince.IsZero(), check.Equals, true)
	c.Check(status.Updates == 1 && status.Refusals == 0, check.Equals, true)
	c.Check(allows(s.store, 80), check.Equals, true)
	c.Assert(os.Rename(s.path+"~", s.path), check.IsNil)
	eventually.Holds(c, "it is back", func() bool { return s.file.Status().Unreadable == "" })
	c.Check(s.file.Status().ConnectedSince.IsZero(), check.Equals, false)
	c.Check(strings.Count(s.book.String(), "policy file cannot be read"), check.Equals, 1)
	c.Check(strings.Count(s.book.String(), "policy file can be read again"), check.Equals, 1)
}

func (s *FileSuite) TestABrokenFileLeavesThePolicyInForce(c *check.C) {
	s.opened(c, allow("80"))
	s.write(c, s.path, "resources:\n- endpoint_ip: [10.0.0.1]\n")
	eventually.Holds(c, "a warning", func() bool { return strings.Contains(s.book.String(), "policy file is refused") })
	c.Check(s.book.String(), check.Matches, "(?s).*line 2: .*unknown field.*")
	c.Check(allows(s.store, 80), check.Equals, true)
	c.Assert(os.Remove(s.path), check.IsNil)
	eventually.Holds(c, "a warning that it is gone", func() bool { return strings.Contains(s.book.String(), "no such file") })
	c.Check(allows(s.store, 80), check.Equals, true)
	s.write(c, s.path, allow("81"))
	eventually.Holds(c, "the corrected file", func() bool { return allows(s.store, 81) })
	c.Check(strings.Count(s.book.String(), "unknown field"), check.Equals, 1, check.Commentf("said once"))
	c.Check(strings.Count(s.book.String(), "in force again, after a refusal"), check.Equals, 1)
}

func (s *FileSuite) TestWarningsOfAFileAreInLogAndStatus(c *check.C) {
	wordz := "resources: [{endpoint_ips: [10.0.0.1], ingress_per_port_policies: [{port: 80, rules: [{l7_proto: wordz, allow: all}]}]}]"
	s.opened(c, wordz)
	c.Check(s.book.String(), check.Matches, `(?s).*level=warning msg="policy file: l7_proto: .*did you mean words.*`)
	c.Check(s.file.Status().Warnings, check.HasLen, 1)
	s.write(c, s.path, strings.Replace(wordz, "wordz", "words", 1))
	eventually.Holds(c, "the corrected file", func() bool { return allows(s.store, 80) })
	c.Check(s.file.Status().Warnings, check.HasLen, 0)
	c.Check(strings.Count(s.book.String(), "level=warning"), check.Equals, 1)
}

func (s *FileSuite) TestTheStatusOfAFileTellsWhatIsInForce(c *check.C) {
	before := time.Now()
	s.opened(c, allow("80"))
	var source Source = s.file
	first := source.Status()
	c.Check(first.Version, check.Matches, "[0-9a-f]{16}")
	c.Check(first.Updates == 1 && first.Refusals == 0, check.Equals, true)
	c.Check(first.LastUpdate.Before(before) || first.ConnectedSince.Before(first.LastUpdate), check.Equals, false)

	s.write(c, s.path, "policies: []")
	eventually.Holds(c, "the refusal", func() bool { return source.Status().LastRefusal != "" })
	status := source.Status()
	c.Check(status.LastRefusal, check.Matches, "policy file .*: line 1: want a mapping .*")
	c.Check(status.Version == first.Version && status.LastUpdate.Equal(first.LastUpdate), check.Equals, true)
	c.Check(status.Refusals >= 1, check.Equals, true)

	s.write(c, s.path, allow("80"))
	eventually.Holds(c, "what is in force comes again", func() bool { return source.Status().LastRefusal == "" })
	c.Check(source.Status().LastUpdate.Equal(first.LastUpdate), check.Equals, true)

	s.write(c, s.path, allow("81"))
	eventually.Holds(c, "another document", func() bool { return source.Status().Updates == 2 })
	c.Check(source.Status().Version, check.Not(check.Equals), first.Version)
}
